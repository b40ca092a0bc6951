//! REST and forms over real HTTP.
#![expect(clippy::unwrap_used, reason = "what goes wrong in here is a failed test")]

mod accounts;
mod forms;
mod imports;
mod jobs;
mod lists;
mod origin;
mod signals;
mod site;
