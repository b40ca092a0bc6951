//! The client of the REST interface, authenticated by the session cookie.

use serde::Deserialize;

use self::http::get_all;
use crate::wire::{Problem, ProgressUpdate};

#[cfg(feature = "csr")]
mod backend;
mod change;
mod history;
mod http;

#[cfg(feature = "csr")]
pub(crate) use backend::Rest;
pub(crate) use change::{ChosenFile, add_video, cancel, create_list, dismiss, retry, send_files, sign_in, sign_up, ticket};
pub(crate) use history::history;

/// The newest states of the jobs that belong on the dashboard.
pub(crate) async fn recent() -> Result<Vec<ProgressUpdate>, Problem> {
    /// The other fields of a job would only make the WASM larger.
    #[derive(Deserialize)]
    struct Recent {
        state: ProgressUpdate,
    }
    let jobs: Vec<Recent> = get_all("/api/jobs", vec![("state", Some("recent".to_owned()))]).await?;
    Ok(jobs.into_iter().map(|job| job.state).collect())
}
