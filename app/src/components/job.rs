//! One job: as a row of all jobs, at the top of its own page, and the parts that its card on the dashboard is made of, too.

mod actions;
mod progress_bar;
mod row;
mod status;
mod summary;

pub use actions::JobActions;
pub use progress_bar::ProgressBar;
pub use row::{JobLine, JobRow};
pub use status::{Outlook, StatusBadge, error_of};
pub use summary::JobSummary;
