//! What each command of the program does.

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

/// How long the process may take to end once it was asked to.
const MOST_STOPPING: Duration = Duration::from_millis(9_800);

/// Begins to log, except where the command says all there is to say itself; refuses settings that do not go together.
///
/// # Errors
/// One sentence.
pub fn prepare(command: &Command, settings: &Settings) -> anyhow::Result<()> {
    if !matches!(command, Command::Import(_)) {
        telemetry::start_logging(settings)?;
    }
    Roles::for_command(command).map_or(Ok(()), |roles| startup::validate_settings(settings, roles))
}

/// Does it. The code is 0 where nothing else was agreed.
///
/// # Errors
/// It cannot be done, or ended by itself.
pub async fn run(command: Command, settings: Settings) -> anyhow::Result<ExitCode> {
    let Some(roles) = Roles::for_command(&command) else {
        match command {
            Command::Import(args) => return Ok(import::run(*args).await),
            Command::User { action } => user::run(action, &settings).await?,
            _ => {
                let _alone = settings.database_url.is_none().then(|| store::lock_data_dir(&settings.data_dir)).transpose()?;
                store::migrate(&settings).await?;
            }
        }
        return Ok(ExitCode::SUCCESS);
    };
    telemetry::start_metrics()?;
    outlive_file_limits();
    let listener = match roles.web {
        true => Some(TcpListener::bind(settings.bind_addr).await.with_context(|| {
            format!(
                "BIND_ADDR {} cannot be listened on. Is something else running there? Another port can be set with --bind-addr",
                settings.bind_addr
            )
        })?),
        false => None,
    };
    let shutdown = CancellationToken::new();
    tokio::spawn(stop_on_signal(shutdown.clone()));
    startup::run(settings, roles, listener, shutdown).await.map(|()| ExitCode::SUCCESS)
}

/// A file that may not grow (`ulimit -f`) is an error of that write, as a full disk is, and no reason to die: the signal that says so would kill
/// whoever does not listen.
fn outlive_file_limits() {
    use tokio::signal::unix::{SignalKind, signal};
    if let Err(error) = signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw())) {
        tracing::warn!(%error, "a limit on the size of files would end this process");
    }
}

/// SIGTERM and Ctrl-C end the process in order; a second one at once.
async fn stop_on_signal(shutdown: CancellationToken) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) else {
        return tracing::error!("signals cannot be heard");
    };
    let mut asked = async || {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    asked().await;
    tracing::info!("stopping: open requests are finished, sockets closed, jobs handed back");
    shutdown.cancel();
    tokio::select! {
        () = asked() => {}
        // Whatever hangs: nothing that was answered is lost by ending here.
        () = tokio::time::sleep(MOST_STOPPING) => tracing::warn!("cut off after ten seconds"),
    }
    std::process::exit(1);
}

/// Says on standard error what went wrong, in one line, and answers the exit code.
pub fn complain(error: &anyhow::Error, code: u8) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "playmarks: {error:#}");
    ExitCode::from(code)
}
