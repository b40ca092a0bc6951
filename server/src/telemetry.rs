//! Logging to standard error, and metrics for Prometheus.

use std::{io::IsTerminal, net::SocketAddr, sync::OnceLock, time::Duration};

use anyhow::Context;
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
    let lines =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal()).with_target(false);
    let started = match settings.log_format {
        LogFormat::Text => lines.try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| anyhow::anyhow!("logging cannot be started: {error}"))
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
