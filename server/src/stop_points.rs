//! Points at which a process stops itself (SIGSTOP), so that a test can kill or continue it exactly there.
//!
//! Only in builds with debug assertions: in release builds [`reach`] does nothing, and the setting does not exist.

#[cfg(debug_assertions)]
use std::{fmt, str::FromStr};

/// A flush that ends its job has its own points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StopPoint {
    /// A job is claimed, but the claim is not committed.
    ClaimUncommitted,
    /// The claim is committed.
    Claimed,
    /// Results are written to SQLite but not committed, or are about to be sent to PostgreSQL, where that is one statement.
    FlushUncommitted,
    /// Results are committed, but the publisher does not have the state yet.
    FlushCommitted,
    /// The state is on the bus.
    FlushPublished,
    /// As [`Self::FlushUncommitted`].
    EndUncommitted,
    /// As [`Self::FlushCommitted`].
    EndCommitted,
    /// As [`Self::FlushPublished`].
    EndPublished,
    /// An import is written but not committed.
    ImportUncommitted,
    /// An import is committed, but nobody was told, not even the uploader.
    ImportCommitted,
}

#[cfg(debug_assertions)]
impl StopPoint {
    /// The names in the setting.
    pub(crate) const ALL: [(Self, &'static str); 10] = [
        (Self::ClaimUncommitted, "claim_uncommitted"),
        (Self::Claimed, "claimed"),
        (Self::FlushUncommitted, "flush_uncommitted"),
        (Self::FlushCommitted, "flush_committed"),
        (Self::FlushPublished, "flush_published"),
        (Self::EndUncommitted, "end_uncommitted"),
        (Self::EndCommitted, "end_committed"),
        (Self::EndPublished, "end_published"),
        (Self::ImportUncommitted, "import_uncommitted"),
        (Self::ImportCommitted, "import_committed"),
    ];
}

/// `flush_committed:3`: the third time that point is reached.
#[cfg(debug_assertions)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StopAt {
    point: StopPoint,
    nth: u32,
}

#[cfg(debug_assertions)]
impl FromStr for StopAt {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, nth) = text.split_once(':').unwrap_or((text, "1"));
        let point = StopPoint::ALL.into_iter().find(|(_, known)| *known == name);
        let nth = nth.parse().ok().filter(|nth| *nth > 0);
        point.zip(nth).map(|((point, _), nth)| Self { point, nth }).ok_or_else(|| {
            let names: Vec<&str> = StopPoint::ALL.iter().map(|(_, name)| *name).collect();
            format!("not a stop point such as flush_committed:3, which is the third time that it is reached; there are {}", names.join(", "))
        })
    }
}

#[cfg(debug_assertions)]
impl fmt::Display for StopAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = StopPoint::ALL.iter().find(|(point, _)| *point == self.point).map_or("", |(_, name)| *name);
        write!(f, "{name}:{}", self.nth)
    }
}

/// Sets the point at which this process stops.
#[cfg(debug_assertions)]
pub(crate) fn arm(stop: StopAt) {
    tracing::warn!("will stop at {stop}");
    // Once per process: the setting is for tests that start one.
    let _ = armed::STOP.set((stop, 0.into()));
}

/// Stops the whole process until SIGCONT, if this is the point that was set.
#[inline]
pub(crate) fn reach(point: StopPoint) {
    #[cfg(debug_assertions)]
    armed::reach(point);
    #[cfg(not(debug_assertions))]
    let _ = point;
}

#[cfg(debug_assertions)]
mod armed {
    use std::{
        sync::{
            OnceLock,
            atomic::{AtomicU32, Ordering},
        },
        thread,
        time::Duration,
    };

    use rustix::process::{Signal, getpid, kill_process};

    use super::{StopAt, StopPoint};

    /// Global, because points are everywhere. Set at startup or never.
    pub(super) static STOP: OnceLock<(StopAt, AtomicU32)> = OnceLock::new();

    /// Longer than a signal takes to arrive. It is over by SIGCONT, because the clock continues while the process is stopped.
    const SIGNAL_DELIVERY_TIME: Duration = Duration::from_secs(1);

    pub(super) fn reach(point: StopPoint) {
        let Some((stop, reached)) = STOP.get().filter(|(stop, _)| stop.point == point) else { return };
        if reached.fetch_add(1, Ordering::Relaxed) + 1 != stop.nth {
            return;
        }
        tracing::warn!("stopped at {stop}");
        let signal = kill_process(getpid(), Signal::STOP);
        // The signal is being delivered to all threads, and this one must not run ahead of it.
        thread::sleep(SIGNAL_DELIVERY_TIME);
        tracing::warn!(?signal, "continued after {stop}");
    }
}

#[cfg(all(test, debug_assertions))]
mod tests {
    use super::*;

    #[test]
    fn stop_points_are_parsed_by_name() {
        for (point, name) in StopPoint::ALL {
            assert_eq!(name.parse(), Ok(StopAt { point, nth: 1 }));
        }
        assert_eq!("end_committed:2".parse::<StopAt>().unwrap().to_string(), "end_committed:2");
        for bad in ["", "nowhere", "claimed:0", "claimed:x", "claimed:-1"] {
            assert!(bad.parse::<StopAt>().is_err_and(|error| error.contains("flush_committed:3")), "{bad}");
        }
    }
}
