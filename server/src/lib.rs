//! The server: REST, WebSocket, worker, and the pages rendered before the browser takes over.
//!
//! The modules are private to the crate, so that the compiler finds what nothing uses. The program needs `cli` and `config`; what its tests
//! and its fuzzer reach inside for is named in [`internals`].

mod api;
mod assets;
mod auth;
mod bus;
pub mod cli;
mod clock;
pub mod config;
mod error;
mod export;
mod forms;
mod formula;
mod hub;
mod import;
mod job;
mod metadata;
mod pages;
mod router;
mod startup;
mod state;
mod stop_points;
mod store;
mod telemetry;
mod text;
mod uploads;
mod user_permits;
mod worker;
mod ws;

/// For the tests in `tests/`, which are crates of their own.
#[doc(hidden)]
pub mod internals {
    pub mod auth {
        pub use crate::auth::{Auth, SocketUser};
    }
    pub mod bus {
        pub use crate::bus::{Bus, BusEvent, Signal, WorkSignal, local, publisher, redis};
    }
    pub mod error {
        pub use crate::error::AppError;
    }
    pub mod hub {
        pub use crate::hub::Hub;
    }
    pub mod import {
        pub use crate::import::{Entry, ImportError, ImportLimits, ImportLine, Inspection, Plan, Playlist, Skipped, Upload, is_id};
    }
    pub mod job {
        pub use crate::{
            job::{Ending, ItemResult, MAX_FAILURE_EVENTS, MAX_VIDEOS_FOR_FULL_HISTORY, advance, ended, pending},
            metadata::{Failure, Metadata},
        };
    }
    pub mod metadata {
        pub use crate::metadata::{AdaptiveLimiter, Source, SourceUnavailable};
    }
    pub mod router {
        pub use crate::router::router;
    }
    pub mod startup {
        pub use crate::startup::{Roles, run, validate_settings};
    }
    pub mod state {
        pub use crate::{state::AppState, uploads::UploadPermits};
    }
    pub mod store {
        pub use crate::store::{
            Claim, ClaimRules, Digest, Entity, Flush, ImportTarget, JobChange, JobQuery, Lease, NewImport, NewSession, Renewal, Result, Retry,
            SessionKey, SourcePause, Store, StoreError, StoredImport, WorkItem, Written, lock_data_dir, migrate, open,
        };
    }
    pub mod ws {
        pub use crate::ws::{VERSION, accept};
    }
    pub mod worker {
        pub use crate::worker::{OutageLog, Worker, WorkerSettings};
    }
}
