//! The load generator behind `script/bench`: starts the real server on a free port, puts load on it over the network, and prints each
//! figure as a row of a Markdown table. It knows nothing of the server's internals except the tables that it fills.

mod baseline;
mod connects;
mod history;
mod import;
mod neighbours;
mod server;
mod sockets;
mod stats;
mod user;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::server::{Environment, Layout};

/// Measures the figures of docs/benchmarks.md.
#[derive(Parser)]
struct Args {
    /// The server binary; should be a release build.
    #[arg(long, env = "PLAYMARKS_BIN")]
    playmarks: PathBuf,
    /// URL of a PostgreSQL in which databases may be created.
    #[arg(long, env = "TEST_DATABASE_URL")]
    postgres: String,
    /// URL of a Redis.
    #[arg(long, env = "TEST_REDIS_URL")]
    redis: String,
    #[command(subcommand)]
    benchmark: Benchmark,
}

#[derive(Subcommand)]
enum Benchmark {
    /// Speed and memory of importing a large table, on both databases.
    Import {
        /// Lines in the table.
        #[arg(long, default_value_t = 200_000)]
        lines: usize,
    },
    /// WebSockets: connect time, idle memory, latency and CPU time per delivery, overload.
    Sockets(sockets::Options),
    /// Sockets opened per second, each with a ticket, and CPU time of each, beside Node and `ws`.
    Connects(connects::Options),
    /// Latency of another user's requests while one does his worst, on both databases.
    Neighbours(neighbours::Options),
    /// Latency of one page of a job's history in a large table.
    History {
        /// Events in the table.
        #[arg(long, default_value_t = 1_000_000)]
        events: u32,
    },
    /// The baseline server, which `sockets` starts.
    #[command(hide = true)]
    Baseline {
        #[arg(long)]
        redis_url: String,
    },
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let environment = Environment { playmarks: args.playmarks, postgres: args.postgres, redis: args.redis };
    match args.benchmark {
        Benchmark::Import { lines } => {
            for layout in [Layout::Embedded, Layout::Cluster] {
                import::run(&environment, layout, lines).await?;
            }
            Ok(())
        }
        Benchmark::Sockets(options) => sockets::run(&environment, &options).await,
        Benchmark::Connects(options) => connects::run(&environment, &options).await,
        Benchmark::Neighbours(options) => {
            for layout in [Layout::Embedded, Layout::Cluster] {
                neighbours::run(&environment, layout, &options).await?;
            }
            Ok(())
        }
        Benchmark::History { events } => history::run(&environment, events).await,
        Benchmark::Baseline { redis_url } => baseline::serve(&redis_url).await,
    }
}
