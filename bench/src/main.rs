//! The load generator behind `script/bench`: starts the real program on a free port, works it hard from outside, and prints one line of
//! a Markdown table for each figure. It knows nothing of the server's inside but its database's tables, to fill them.

mod bare;
mod figures;
mod history;
mod import;
mod person;
mod program;
mod sockets;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::program::{Layout, Setup};

/// Measures the figures of docs/benchmarks.md.
#[derive(Parser)]
struct Arguments {
    /// The program to measure: a release build.
    #[arg(long, env = "PLAYMARKS_BIN")]
    playmarks: PathBuf,
    /// A PostgreSQL in which databases may be made.
    #[arg(long, env = "TEST_DATABASE_URL")]
    postgres: String,
    /// A Redis.
    #[arg(long, env = "TEST_REDIS_URL")]
    redis: String,
    #[command(subcommand)]
    what: What,
}

/// What to measure.
#[derive(Subcommand)]
enum What {
    /// Lines a second and memory while a large table is imported, on both databases.
    Import {
        /// Lines of the table.
        #[arg(long, default_value_t = 200_000)]
        lines: usize,
    },
    /// Connecting, idle memory, latency and CPU of deliveries, overload.
    Sockets(sockets::Load),
    /// A page of 100 of a job's history, with this many events stored.
    History {
        /// Events stored.
        #[arg(long, default_value_t = 1_000_000)]
        events: u32,
    },
    /// The yardstick: a TCP server that writes pre-built frames; started by `sockets` itself.
    #[command(hide = true)]
    Bare {
        /// Its Redis.
        #[arg(long)]
        listen_to: String,
    },
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let setup = Setup { playmarks: arguments.playmarks, postgres: arguments.postgres, redis: arguments.redis };
    match arguments.what {
        What::Import { lines } => {
            for layout in [Layout::Embedded, Layout::Cluster] {
                import::measure(&setup, layout, lines).await?;
            }
            Ok(())
        }
        What::Sockets(load) => sockets::measure(&setup, &load).await,
        What::History { events } => history::measure(&setup, events).await,
        What::Bare { listen_to } => bare::serve(&listen_to).await,
    }
}
