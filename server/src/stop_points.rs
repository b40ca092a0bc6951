//! Places at which a process stops itself, so that a test can kill or thaw it at precisely that instruction, and not by luck.
//!
//! Only builds with debug assertions have them: in a release build [`reach`] is nothing, and the setting does not exist.

use std::{fmt, str::FromStr};

/// A place. A flush that ends its job has places of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopPoint {
    /// A job is claimed, and the claim not committed.
    ClaimUncommitted,
    /// The claim is committed, and nothing was done with it.
    Claimed,
    /// Results are written, and not committed.
    FlushUncommitted,
    /// They are committed, and the state is not handed to the publisher.
    FlushCommitted,
    /// The state is on the bus.
    FlushPublished,
    /// As [`Self::FlushUncommitted`].
    EndUncommitted,
    /// As [`Self::FlushCommitted`].
    EndCommitted,
    /// As [`Self::FlushPublished`].
    EndPublished,
    /// An import is written whole, and not committed.
    ImportUncommitted,
    /// It is committed, and nobody was told, the uploader included.
    ImportCommitted,
}

impl StopPoint {
    /// Every place, and what the setting calls it.
    pub const ALL: [(Self, &'static str); 10] = [
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

/// `flush_committed:3`: the third time that place is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StopAt {
    point: StopPoint,
    time: u32,
}

impl FromStr for StopAt {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, time) = text.split_once(':').unwrap_or((text, "1"));
        let point = StopPoint::ALL.into_iter().find(|(_, known)| *known == name);
        let time = time.parse().ok().filter(|time| *time > 0);
        point.zip(time).map(|((point, _), time)| Self { point, time }).ok_or_else(|| {
            let names: Vec<&str> = StopPoint::ALL.iter().map(|(_, name)| *name).collect();
            format!("a place and which time it is reached, such as flush_committed:3; places are {}", names.join(", "))
        })
    }
}

impl fmt::Display for StopAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = StopPoint::ALL.iter().find(|(point, _)| *point == self.point).map_or("", |(_, name)| *name);
        write!(f, "{name}:{}", self.time)
    }
}

/// Says where this process is to stop.
#[cfg(debug_assertions)]
pub fn arm(stop: StopAt) {
    tracing::warn!("will stop at {stop}");
    // Once a process; a test that runs several systems in one has no use for it.
    let _ = armed::STOP.set((stop, 0.into()));
}

/// Stops the whole process here if it was armed for this place, until SIGCONT.
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

    /// Global, since a place may be anywhere; set at the start or never.
    pub(super) static STOP: OnceLock<(StopAt, AtomicU32)> = OnceLock::new();

    /// Longer than a signal takes. The clock runs on while the process stands still, so that nobody waits for this after SIGCONT.
    const STANDING: Duration = Duration::from_secs(1);

    pub(super) fn reach(point: StopPoint) {
        let Some((stop, reached)) = STOP.get().filter(|(stop, _)| stop.point == point) else { return };
        if reached.fetch_add(1, Ordering::Relaxed) + 1 != stop.time {
            return;
        }
        tracing::warn!("stopped at {stop}");
        let signal = kill_process(getpid(), Signal::STOP);
        // The signal is on its way to every thread, and this one must not get ahead of it.
        thread::sleep(STANDING);
        tracing::warn!(?signal, "going on after {stop}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_by_name() {
        for (point, name) in StopPoint::ALL {
            assert_eq!(name.parse(), Ok(StopAt { point, time: 1 }));
        }
        assert_eq!("end_committed:2".parse::<StopAt>().unwrap().to_string(), "end_committed:2");
        for bad in ["", "nowhere", "claimed:0", "claimed:x", "claimed:-1"] {
            assert!(bad.parse::<StopAt>().is_err_and(|error| error.contains("flush_committed:3")), "{bad}");
        }
    }
}
