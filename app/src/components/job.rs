//! One job: as a row of all jobs, and on its own page with its course and its receipt.

mod actions;
mod failure_marks;
mod progress_bar;
mod receipt;
mod receipt_table;
mod retries;
mod row;
mod status;
mod summary;
mod timeline;

pub use actions::JobActions;
pub use failure_marks::FailureMarks;
pub use progress_bar::ProgressBar;
pub use receipt::{Receipt, lines_wanted};
pub use retries::JobRetries;
pub use row::{JobLine, JobRow};
pub use status::{Outlook, StatusBadge, error_of};
pub use summary::JobSummary;
pub use timeline::{JobFacts, JobTimeline};
