//! The program: arguments, logging, run. A bad setting ends it with one line and exit code 2.

use std::{process::ExitCode, time::Duration};

use clap::Parser;
use server::{
    cli,
    config::{Cli, Command},
};

fn main() -> ExitCode {
    // On invalid arguments clap prints a message and exits with code 2.
    let Cli { command, settings } = Cli::parse();
    let settings = settings.without_empty();
    let command = command.unwrap_or(Command::Serve);
    if let Err(error) = cli::prepare(&command, &settings) {
        return cli::print_error(&error, 2);
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return cli::print_error(&error.into(), 1),
    };
    let result = runtime.block_on(cli::run(command, settings));
    // Does not wait for threads that read a file or resolve a name.
    runtime.shutdown_timeout(Duration::from_millis(200));
    match result {
        Ok(code) => code,
        Err(error) => cli::print_error(&error, 1),
    }
}
