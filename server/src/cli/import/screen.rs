//! The output of an import: a progress bar on a terminal, else lines, or JSON for scripts.

mod bar;
mod json;
mod lines;
mod wording;

use std::{
    io::{self, IsTerminal, Write},
    path::PathBuf,
};

use app::{
    progress::ConnectionStatus,
    wire::{ImportedList, Problem},
};
use url::Url;
use uuid::Uuid;

use super::jobs::{FollowedJob, Overall};
use crate::config::ImportArgs;

/// Errors while writing are ignored: the reader may be gone.
pub(super) trait Screen {
    /// What was imported into a list, or would be.
    fn list_imported(&mut self, list: &ImportedList, is_preview: bool);
    /// The answer to the upload was lost, and these jobs show that it was stored.
    fn recovered(&mut self, jobs: &[FollowedJob]);
    /// A job has a newer state.
    fn progress(&mut self, job: &FollowedJob, overall: &Overall);
    /// The state of the connection changed.
    fn show_connection(&mut self, status: ConnectionStatus);
    /// A job has ended; its receipt was saved or not.
    fn ended(&mut self, job: &FollowedJob, receipt: Result<PathBuf, Problem>);
    /// Following was interrupted; these jobs continue.
    fn detached(&mut self, jobs: &[Uuid], server: &Url);
    /// The import failed.
    fn refused(&mut self, problem: &Problem);
}

pub(super) fn for_terminal(args: &ImportArgs) -> Box<dyn Screen> {
    if args.json {
        Box::new(json::Json::new())
    } else if io::stderr().is_terminal() {
        Box::<bar::Bar>::default()
    } else {
        Box::<lines::Lines>::default()
    }
}

/// To standard output.
fn print_line(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// To standard error.
fn print_error_line(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}
