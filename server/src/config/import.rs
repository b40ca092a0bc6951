//! The arguments of `playmarks import`.

use std::path::PathBuf;

use clap::Args;
use secrecy::SecretString;
use url::Url;
use uuid::Uuid;

/// The start of `playmarks import --help`.
pub(super) const ABOUT: &str = "\
Import files through a running server and follow the jobs until they end. Ctrl-C leaves the jobs running. If the server's answer to the \
upload is lost, the newest jobs of the account show whether the import was stored, and it is followed.

Exit codes: 0 if every video in the files is in the list and was found; 1 if some failed, lines were rejected, or the job was cancelled; \
2 if the import failed (invalid option, refused file, not signed in, server unreachable); 130 after Ctrl-C.

With --json, each line of standard output is an object with a field `event`: `previewed` or `uploaded` (a list: the response of \
POST /api/lists/{id}/videos/bulk, with list_id and list_name), `recovered` (instead of `uploaded`, when the answer \
was lost: jobs), `progress` (the state of a job, as on the WebSocket), `connection` (`live` is false while it is lost), `ended` (a job: status, succeeded, failed, not_tried, causes, receipt), `detached` (after Ctrl-C: jobs), \
`refused` (code, detail). New fields and events may be added, but none are removed: ignore those you do not know.";

/// `playmarks import …`.
#[derive(Clone, Debug, Args)]
pub struct ImportArgs {
    /// Files to import, in any format that the site accepts.
    #[arg(value_name = "FILE", required_unless_present = "watch", conflicts_with = "watch")]
    pub files: Vec<PathBuf>,
    /// Name or id of the list to import one file into; it is created if it does not exist. Without it, every playlist in the files becomes a
    /// list.
    #[arg(long, value_name = "NAME", conflicts_with = "watch")]
    pub list: Option<String>,
    /// URL of the server.
    #[arg(long, value_name = "URL", env = "PLAYMARKS_SERVER", default_value = "http://127.0.0.1:3000")]
    pub server: Url,
    /// Refresh token, or access token (valid for 15 minutes). Without it, asks for e-mail address and password.
    #[arg(long, value_name = "TOKEN", env = "PLAYMARKS_TOKEN", hide_env_values = true)]
    pub token: Option<SecretString>,
    /// Where to save the receipt; a directory if the files become several lists [default: beside the file].
    #[arg(long, value_name = "PATH")]
    pub receipt: Option<PathBuf>,
    /// Only show what would be imported.
    #[arg(long, conflicts_with = "watch")]
    pub dry_run: bool,
    /// Id of an existing job to follow until it ends.
    #[arg(long, value_name = "JOB")]
    pub watch: Option<Uuid>,
    /// Print one JSON object per line, for scripts.
    #[arg(long)]
    pub json: bool,
}
