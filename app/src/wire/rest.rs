//! Request and response bodies of the REST interface.

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
    /// The entries of this page.
    pub items: Vec<T>,
    /// Opaque. Send it back as `cursor` for the next page; `null` on the last page.
    pub next_cursor: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::JobStatus;

    #[test]
    fn names_are_those_that_serde_writes() {
        fn check<T: Copy + Serialize>(values: &[T], name: fn(T) -> &'static str) {
            for value in values {
                assert_eq!(serde_json::to_value(value).unwrap(), name(*value));
            }
        }
        check(&JobStatus::ALL, JobStatus::as_str);
        check(&FailureCause::ALL, FailureCause::as_str);
        check(&VideoStatus::ALL, VideoStatus::as_str);
        check(&VideoSort::ALL, VideoSort::as_str);
        check(&[Verdict::Accepted, Verdict::Duplicate, Verdict::Rejected], Verdict::as_str);
        check(&[ItemOutcome::Succeeded, ItemOutcome::Failed, ItemOutcome::Cancelled], ItemOutcome::as_str);
    }
}
