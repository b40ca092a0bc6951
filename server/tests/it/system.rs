//! The whole system with the metadata emulator, as one embedded process on SQLite, and as web and worker on PostgreSQL and Redis.

mod answers;
mod live;
mod pages;
mod races;
mod running;
mod terminal;

use running::System;

/// Runs each test on both.
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
