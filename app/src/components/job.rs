//! A job: its row on the page of all jobs, the summary on its own page, and the parts that its card on the dashboard shares.

mod actions;
mod progress_bar;
mod row;
mod status;
mod summary;

pub(crate) use actions::JobActions;
pub(crate) use progress_bar::ProgressBar;
pub(crate) use row::{JobRow, JobRowData};
pub(crate) use status::{EtaLabel, JobMessage, StatusBadge, displayed_error};
pub(crate) use summary::JobSummary;
