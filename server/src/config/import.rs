//! The arguments of `playmarks import`.

use std::path::PathBuf;

use clap::Args;
use secrecy::SecretString;
use url::Url;
use uuid::Uuid;

/// The beginning of `playmarks import --help`.
pub(super) const ABOUT: &str = "\
Imports a file through a running server, and follows it to its end. Ctrl-C leaves the job running.

Exit code: 0 if every video of the file is in the list and was found; 1 if some failed, lines were rejected, or the job was stopped; \
2 if nothing could be done: a bad option, a file that is refused, no sign-in, no server; 130 after Ctrl-C.

With --json each line of standard output is an object with an `event`: `previewed` or `uploaded` (a list: what \
POST /api/lists/{id}/videos/bulk answers, with list_id and list_name), `progress` (a state of a job, as on the WebSocket), `connection` \
(`live` is false while it is lost), `ended` (a job: status, succeeded, failed, not_tried, causes, receipt), `detached` (after Ctrl-C: jobs), \
`refused` (code, detail). Fields and events are added, never taken away: pass over what you do not know.";

/// `playmarks import …`
#[derive(Clone, Debug, Args)]
pub struct ImportArgs {
    /// The file: anything that the page takes.
    #[arg(value_name = "FILE", required_unless_present = "watch", conflicts_with = "watch")]
    pub file: Option<PathBuf>,
    /// Into the list of this name or id; made where there is none. Without it, every playlist in the file becomes a list.
    #[arg(long, value_name = "NAME", conflicts_with = "watch")]
    pub list: Option<String>,
    /// The server's address.
    #[arg(long, value_name = "URL", env = "PLAYMARKS_SERVER", default_value = "http://127.0.0.1:3000")]
    pub server: Url,
    /// A refresh token, or an access token (which lasts 15 minutes). Asks for address and password where absent.
    #[arg(long, value_name = "TOKEN", env = "PLAYMARKS_TOKEN", hide_env_values = true)]
    pub token: Option<SecretString>,
    /// Where the receipt is saved; a folder where the file becomes several lists. Beside the file where absent.
    #[arg(long, value_name = "PATH")]
    pub receipt: Option<PathBuf>,
    /// Only says what would be imported.
    #[arg(long, conflicts_with = "watch")]
    pub dry_run: bool,
    /// Follows a job that is there already, to its end.
    #[arg(long, value_name = "JOB")]
    pub watch: Option<Uuid>,
    /// For scripts: one JSON object a line.
    #[arg(long)]
    pub json: bool,
}
