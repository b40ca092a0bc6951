//! What is seen of an import: a bar for people, lines where no terminal is, JSON for scripts.

mod bar;
mod json;
mod lines;
mod wording;

use std::{
    io::{self, IsTerminal, Write},
    path::PathBuf,
};

use app::{
    progress::Link,
    wire::{ImportedList, Problem},
};
use url::Url;
use uuid::Uuid;

use super::jobs::{Followed, Overall};
use crate::config::ImportArgs;

/// Where it is told. Nothing of it can fail: whoever reads may have gone.
pub(super) trait Screen {
    /// What the upload made of one list, or would make.
    fn taken(&mut self, list: &ImportedList, is_preview: bool);
    /// A job has a newer state.
    fn progress(&mut self, job: &Followed, overall: &Overall);
    /// The connection came, or went.
    fn link(&mut self, link: Link);
    /// A job has ended, and its receipt is there or is not.
    fn ended(&mut self, job: &Followed, receipt: Result<PathBuf, Problem>);
    /// Nobody looks any more; these jobs go on.
    fn detached(&mut self, jobs: &[Uuid], server: &Url);
    /// It could not be done.
    fn refused(&mut self, problem: &Problem);
}

/// The one that fits.
pub(super) fn choose(args: &ImportArgs) -> Box<dyn Screen> {
    if args.json {
        Box::new(json::Json::new())
    } else if io::stderr().is_terminal() {
        Box::<bar::Bar>::default()
    } else {
        Box::<lines::Lines>::default()
    }
}

/// A line on standard output.
fn say(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// And on standard error.
fn complain(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}
