//! Request and answer bodies of the REST interface.

mod accounts;
mod imports;
mod jobs;
mod lists;

use serde::{Deserialize, Serialize};

pub use accounts::{Account, AccountDeletion, AuthResponse, Credentials, PasswordChange, Refresh, RefreshToken, Session, Ticket};
pub use imports::{BulkResult, ImportFormat, ImportResult, ImportedList, PreviewRow, Rejection, Verdict};
pub use jobs::{Causes, FailureCause, ItemFilter, ItemOutcome, Job, JobFilter, JobItem, RetryRequest};
pub use lists::{List, ListName, Video, VideoFilter, VideoIds, VideoReason, VideoSort, VideoStatus, VideoUrl};

/// One page of a longer result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// What is on this page.
    pub items: Vec<T>,
    /// Opaque; sent back as `cursor` for the next page, `null` on the last.
    pub next_cursor: Option<String>,
}
