//! Logging to standard error, and metrics for Prometheus.

use std::{
    fmt::Write as _,
    io::{self, IsTerminal, Write},
    net::SocketAddr,
    sync::OnceLock,
    time::Duration,
};

use anyhow::Context;
use app::wording::is_bidi_control;
use axum::{Router, http::header, routing::get};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

use crate::config::{LogFormat, Settings};

/// Keeps histograms from growing.
const UPKEEP_INTERVAL: Duration = Duration::from_secs(5);
/// Of response times, in seconds.
const HISTOGRAM_BUCKETS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0];

/// # Errors
/// `LOG` is invalid, or logging has been started before.
pub(crate) fn start_logging(settings: &Settings) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&settings.log)
        .context("LOG is not valid: use a level (error, warn, info, debug, trace), or a filter like `server=debug,info`")?;
    let is_terminal = io::stderr().is_terminal();
    let writer = move || OneLine { writer: io::stderr(), has_colours: is_terminal };
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer).with_ansi(is_terminal).with_target(false);
    let started = match settings.log_format {
        LogFormat::Text => lines.try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| anyhow::anyhow!("logging cannot be started: {error}"))
}

/// Writes each event as one line that looks like what it is: line breaks, other control characters and bidi controls in texts from outside are
/// escaped as in JSON.
struct OneLine<W> {
    writer: W,
    /// The formatter's own; it escapes those in texts.
    has_colours: bool,
}

impl<W: Write> Write for OneLine<W> {
    /// The formatter passes each event whole, with a line break behind it.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let (text, end) = text.strip_suffix('\n').map_or((&*text, ""), |text| (text, "\n"));
        let mut line = String::with_capacity(text.len() + 1);
        for c in text.chars() {
            let is_plain = !c.is_control() && !is_bidi_control(c) && !matches!(c, '\u{2028}' | '\u{2029}');
            if is_plain || (c == '\u{1b}' && self.has_colours) {
                line.push(c);
            } else {
                // Cannot fail.
                let _ = write!(line, "\\u{:04x}", u32::from(c));
            }
        }
        line.push_str(end);
        self.writer.write_all(line.as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// The recorder of this process, installed by the first call.
fn recorder() -> anyhow::Result<&'static PrometheusHandle> {
    static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();
    if let Some(handle) = RECORDER.get() {
        return Ok(handle);
    }
    let handle = PrometheusBuilder::new().set_buckets(&HISTOGRAM_BUCKETS)?.install_recorder().context("metrics cannot be recorded")?;
    Ok(RECORDER.get_or_init(|| handle))
}

/// Does nothing if metrics are recorded already.
///
/// # Errors
/// Another recorder is installed.
pub(crate) fn start_metrics() -> anyhow::Result<()> {
    recorder().map(drop)
}

/// Serves `/metrics` until `shutdown`, on a listener of its own, which only the operator can reach.
///
/// # Errors
/// The address cannot be listened on.
pub(crate) async fn serve_metrics(address: SocketAddr, shutdown: CancellationToken) -> anyhow::Result<()> {
    let handle = recorder()?;
    let listener = TcpListener::bind(address).await.with_context(|| format!("METRICS_ADDR {address} cannot be used"))?;
    tracing::info!("metrics are at http://{}/metrics", listener.local_addr()?);
    let text = move || async move { ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], handle.render()) };
    let upkeep = async {
        loop {
            tokio::time::sleep(UPKEEP_INTERVAL).await;
            handle.run_upkeep();
        }
    };
    let serving = axum::serve(listener, Router::new().route("/metrics", get(text))).with_graceful_shutdown(shutdown.cancelled_owned());
    tokio::select! {
        served = serving => served.map_err(Into::into),
        () = upkeep => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn event_is_one_line_whatever_is_in_it() {
        let log = Log::default();
        let writer = {
            let log = log.clone();
            move || OneLine { writer: log.clone(), has_colours: false }
        };
        let hostile = "a\r\n2026-01-01 ERROR invented\u{202e}\u{1b}[31m\u{85}\u{2028}\0é";
        let emit = || {
            tracing::info!(name = hostile, shown = %hostile, "{hostile}");
            tracing::info!("plain");
        };
        let lines = tracing_subscriber::fmt().with_writer(writer.clone()).with_ansi(false);
        tracing::subscriber::with_default(lines.finish(), emit);
        let json = tracing_subscriber::fmt().with_writer(writer).with_ansi(false).json().flatten_event(true);
        tracing::subscriber::with_default(json.finish(), emit);
        let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 4, "{text}");
        assert!(!text.contains(|c: char| c != '\n' && (c.is_control() || is_bidi_control(c))), "{text:?}");
        assert!(lines[0].contains("a\\u000d\\u000a2026-01-01 ERROR invented\\u202e") && lines[0].contains('é'), "{text}");
        let event: serde_json::Value = serde_json::from_str(lines[2]).unwrap();
        assert_eq!(event["name"], hostile, "JSON means what it meant");
    }
}
