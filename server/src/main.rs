//! The program: arguments, logging, run. A bad setting ends it with one line and exit code 2.

use std::{process::ExitCode, time::Duration};

use clap::Parser;
use server::{
    cli,
    config::{Cli, Command},
};

fn main() -> ExitCode {
    // clap ends the process with code 2 and a line of its own for what it cannot read.
    let Cli { command, settings } = Cli::parse();
    let settings = settings.without_empty();
    let command = command.unwrap_or(Command::Serve);
    if let Err(error) = cli::prepare(&command, &settings) {
        return cli::complain(&error, 2);
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return cli::complain(&error.into(), 1),
    };
    let ended = runtime.block_on(cli::run(command, settings));
    // A thread that reads a file or asks for an address does not keep the process.
    runtime.shutdown_timeout(Duration::from_millis(200));
    match ended {
        Ok(code) => code,
        Err(error) => cli::complain(&error, 1),
    }
}
