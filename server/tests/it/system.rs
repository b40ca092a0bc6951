//! The whole of it, as the program runs it: web, worker, bus, store and the metadata emulator, on the embedded default and as several
//! processes' worth of parts on PostgreSQL and Redis.

mod live;
mod pages;
mod races;
mod running;
mod terminal;

use running::System;

/// Runs a scenario on both.
macro_rules! on_both {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {
        mod embedded {
            $($(#[$meta])* #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name(super::System::embedded().await).await; })+
        }
        mod cluster {
            $($(#[$meta])* #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name(super::System::cluster().await).await; })+
        }
    };
}
pub(crate) use on_both;
