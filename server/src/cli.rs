//! The commands of the program.

mod import;
mod user;

use std::{io::Write, process::ExitCode, time::Duration};

use anyhow::Context;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{
    config::{Command, Settings},
    startup::{self, Roles},
    store, telemetry,
};

/// After SIGTERM the process exits by then, whatever hangs.
const EXIT_DEADLINE: Duration = Duration::from_millis(9_800);

/// Starts logging, except for commands with output of their own, and validates the settings.
///
/// # Errors
/// One sentence: what is wrong and what to set.
pub fn prepare(command: &Command, settings: &Settings) -> anyhow::Result<()> {
    if !matches!(command, Command::Import(_)) {
        telemetry::start_logging(settings)?;
    }
    Roles::for_command(command).map_or(Ok(()), |roles| startup::validate_settings(settings, roles))
}

/// Runs a command and returns its exit code.
///
/// # Errors
/// It could not be done, or a server failed.
pub async fn run(command: Command, settings: Settings) -> anyhow::Result<ExitCode> {
    let Some(roles) = Roles::for_command(&command) else {
        match command {
            Command::Import(args) => return Ok(import::run(*args).await),
            Command::User { action } => user::run(action, &settings).await?,
            _ => {
                let _lock = settings.database_url.is_none().then(|| store::lock_data_dir(&settings.data_dir)).transpose()?;
                store::migrate(&settings).await?;
            }
        }
        return Ok(ExitCode::SUCCESS);
    };
    telemetry::start_metrics()?;
    ignore_file_size_signal();
    let listener = match roles.web {
        true => Some(TcpListener::bind(settings.bind_addr).await.with_context(|| {
            format!("BIND_ADDR {} cannot be used. If another program listens there, set another port with --bind-addr", settings.bind_addr)
        })?),
        false => None,
    };
    let shutdown = CancellationToken::new();
    tokio::spawn(stop_on_signal(shutdown.clone()));
    startup::run(settings, roles, listener, shutdown).await.map(|()| ExitCode::SUCCESS)
}

/// A file at its size limit (`ulimit -f`) is then an error of the write, like a full disk. By default the signal kills the process.
fn ignore_file_size_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    if let Err(error) = signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw())) {
        tracing::warn!(%error, "this process would be killed if a file reached its size limit");
    }
}

/// The first SIGTERM or Ctrl-C shuts down in order, the second exits at once.
async fn stop_on_signal(shutdown: CancellationToken) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) else {
        return tracing::error!("signals cannot be received");
    };
    let mut signal_received = async || {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    signal_received().await;
    tracing::info!("shutting down: finishing open requests, closing sockets, handing jobs back");
    shutdown.cancel();
    tokio::select! {
        () = signal_received() => {}
        // Nothing that was answered is lost.
        () = tokio::time::sleep(EXIT_DEADLINE) => tracing::warn!("shutdown took longer than ten seconds; exiting"),
    }
    std::process::exit(1);
}

/// Prints the error in one line to standard error.
pub fn print_error(error: &anyhow::Error, code: u8) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "playmarks: {error:#}");
    ExitCode::from(code)
}
