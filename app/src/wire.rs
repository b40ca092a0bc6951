//! The contract as types: messages between server, browser and other programs. Changes must be additive; golden JSON in the tests enforces
//! this.

mod problem;
mod progress;
mod rest;
mod status;
mod timestamp;

pub use problem::Problem;
pub use progress::{Control, Frame, InvalidUpdate, LastError, MAX_UPDATE_BYTES, ProgressUpdate, SourceBlock, percent};
pub use rest::{
    Account, AccountDeletion, AuthResponse, BulkResult, Causes, Credentials, FailureCause, ImportFormat, ImportResult, ImportedList, ItemFilter,
    ItemOutcome, Job, JobFilter, JobItem, List, ListName, Page, PasswordChange, PreviewRow, Refresh, RefreshToken, Rejection, RetryRequest, Session,
    Ticket, Verdict, Video, VideoFilter, VideoIds, VideoReason, VideoSort, VideoStatus, VideoUrl,
};
pub use status::{JobStatus, WaitingReason};
pub use timestamp::{InvalidTimestamp, Timestamp};

/// Characters of a list's name: YouTube's own limit for playlists.
pub const MAX_LIST_NAME_CHARS: usize = 150;
