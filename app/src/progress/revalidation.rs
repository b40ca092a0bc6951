//! When a page is fetched again: after its jobs have changed, until it succeeds. One request at a time, none in a hidden tab.

use super::{Backoff, ConnectionStatus};

/// The shortest time from the end of a request to the next, unless the user waits for it.
const MIN_INTERVAL_MS: u32 = 2_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RevalidationEvent {
    /// A job that the page shows has changed.
    JobChanged,
    /// The user has stored something from this page.
    Stored,
    /// The state of the connection has changed.
    Connection(ConnectionStatus),
    /// The tab became visible or hidden.
    Visible(bool),
    /// [`RevalidationAction::Fetch`] was answered, if only with a final error.
    Succeeded,
    /// It was not answered, or with an error that may pass.
    Failed,
    /// [`RevalidationAction::Pause`] is over.
    PauseEnded,
}

/// Replaces the request or pause in progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RevalidationAction {
    Fetch,
    /// In milliseconds.
    Pause(u32),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Ready,
    Fetching,
    Paused,
}

/// The state machine of one page, which has just been rendered. Hidden until it is told otherwise.
#[derive(Clone, Debug, Default)]
pub(crate) struct Revalidation {
    phase: Phase,
    /// The page is out of date.
    stale: bool,
    visible: bool,
    connected: bool,
    /// The connection is lost; jobs may have started and ended unnoticed.
    may_have_missed_updates: bool,
    backoff: Backoff,
}

impl Revalidation {
    /// `random` from 0 to 1 is for the backoff.
    pub(crate) fn handle(&mut self, event: RevalidationEvent, random: f64) -> Option<RevalidationAction> {
        use RevalidationEvent::{Connection, Failed, JobChanged, PauseEnded, Stored, Succeeded, Visible};
        match event {
            JobChanged => {
                self.stale = true;
                self.fetch_if(self.phase == Phase::Ready)
            }
            Stored => self.supersede(),
            Connection(ConnectionStatus::Live) => {
                self.connected = true;
                if std::mem::take(&mut self.may_have_missed_updates) { self.supersede() } else { None }
            }
            Connection(status) => {
                // Until the first connection nothing can be missed, unless it takes several attempts.
                self.may_have_missed_updates |= self.connected || status != ConnectionStatus::Idle;
                None
            }
            Visible(visible) => {
                self.visible = visible;
                self.fetch_if(self.phase != Phase::Fetching)
            }
            Succeeded => {
                self.backoff.reset();
                self.pause_for(MIN_INTERVAL_MS)
            }
            Failed => {
                self.stale = true;
                let pause = self.backoff.pause(random);
                self.pause_for(pause)
            }
            PauseEnded => {
                self.phase = Phase::Ready;
                self.fetch_if(true)
            }
        }
    }

    /// A request in progress may have been rendered too early, and a pause may wait for a network that is back.
    fn supersede(&mut self) -> Option<RevalidationAction> {
        self.stale = true;
        self.backoff.reset();
        self.fetch_if(true)
    }

    fn fetch_if(&mut self, free: bool) -> Option<RevalidationAction> {
        (free && self.stale && self.visible).then(|| {
            self.stale = false;
            self.phase = Phase::Fetching;
            RevalidationAction::Fetch
        })
    }

    fn pause_for(&mut self, pause_ms: u32) -> Option<RevalidationAction> {
        self.phase = Phase::Paused;
        Some(RevalidationAction::Pause(pause_ms))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{
        RevalidationAction::{Fetch, Pause},
        RevalidationEvent::{Connection, Failed, JobChanged, PauseEnded, Stored, Succeeded, Visible},
        *,
    };

    /// A visible, connected page.
    fn page() -> Revalidation {
        let mut page = Revalidation::default();
        for event in [Visible(true), Connection(ConnectionStatus::Idle), Connection(ConnectionStatus::Live)] {
            assert_eq!(page.handle(event, 0.0), None, "{event:?}: it has just been rendered");
        }
        page
    }

    fn actions(page: &mut Revalidation, events: impl IntoIterator<Item = RevalidationEvent>) -> Vec<Option<RevalidationAction>> {
        events.into_iter().map(|event| page.handle(event, 0.0)).collect()
    }

    #[test]
    fn failed_fetch_is_repeated_with_backoff_until_it_succeeds() {
        let mut page = page();
        assert_eq!(actions(&mut page, [JobChanged, Failed]), [Some(Fetch), Some(Pause(3_000))]);
        assert_eq!(actions(&mut page, [PauseEnded, Failed]), [Some(Fetch), Some(Pause(6_000))]);
        assert_eq!(actions(&mut page, [PauseEnded, Succeeded]), [Some(Fetch), Some(Pause(MIN_INTERVAL_MS))]);
        assert_eq!(actions(&mut page, [PauseEnded, PauseEnded]), [None, None], "nothing is stale any more");
        assert_eq!(actions(&mut page, [JobChanged, Failed]), [Some(Fetch), Some(Pause(3_000))], "the count began again");
    }

    #[test]
    fn changes_during_a_fetch_or_pause_are_fetched_once_after_it() {
        let mut page = page();
        assert_eq!(actions(&mut page, [JobChanged, JobChanged, JobChanged]), [Some(Fetch), None, None]);
        assert_eq!(actions(&mut page, [Succeeded, JobChanged, PauseEnded]), [Some(Pause(MIN_INTERVAL_MS)), None, Some(Fetch)]);
        assert_eq!(actions(&mut page, [Succeeded, PauseEnded]), [Some(Pause(MIN_INTERVAL_MS)), None]);
    }

    #[test]
    fn storing_supersedes_a_fetch_and_a_pause() {
        let mut page = page();
        assert_eq!(actions(&mut page, [JobChanged, Stored]), [Some(Fetch), Some(Fetch)]);
        assert_eq!(actions(&mut page, [Failed, Stored]), [Some(Pause(3_000)), Some(Fetch)]);
    }

    #[test]
    fn every_reconnect_fetches_once() {
        let lost = Connection(ConnectionStatus::Lost { seconds: 3 });
        let mut page = page();
        for lost in [lost, Connection(ConnectionStatus::Idle)] {
            assert_eq!(actions(&mut page, [lost, Connection(ConnectionStatus::Live)]), [None, Some(Fetch)]);
            assert_eq!(actions(&mut page, [Succeeded, Connection(ConnectionStatus::Live), PauseEnded]), [Some(Pause(MIN_INTERVAL_MS)), None, None]);
        }
        let mut slow = Revalidation { visible: true, ..Revalidation::default() };
        assert_eq!(
            actions(&mut slow, [Connection(ConnectionStatus::Idle), lost, Connection(ConnectionStatus::Live)]),
            [None, None, Some(Fetch)],
            "it took several tries"
        );
    }

    #[test]
    fn hidden_page_fetches_nothing_and_once_when_it_is_seen() {
        let mut page = page();
        let hidden = [Visible(false), JobChanged, Stored, Connection(ConnectionStatus::Idle), Connection(ConnectionStatus::Live), PauseEnded];
        assert_eq!(actions(&mut page, hidden), [None; 6]);
        assert_eq!(actions(&mut page, [Visible(true), Visible(false), Visible(true)]), [Some(Fetch), None, None]);
        assert_eq!(actions(&mut page, [Visible(false), Failed, PauseEnded]), [None, Some(Pause(3_000)), None]);
        assert_eq!(actions(&mut page, [Visible(true)]), [Some(Fetch)]);
    }

    proptest! {
        /// Simulates an edge that performs all actions, with other events in between.
        #[test]
        fn page_is_always_fetched_after_its_last_change(
            events in prop::collection::vec(prop::sample::select(&[JobChanged, Stored, Connection(ConnectionStatus::Live), Connection(ConnectionStatus::Idle), Visible(false), Visible(true)][..]), 0..30),
            failures in prop::collection::vec(any::<bool>(), 30),
        ) {
            let mut page = page();
            let mut under_way = None;
            let mut stale = false;
            let steps = events.into_iter().zip(failures).flat_map(|(event, fails)| [Some(event), None, Some(if fails { Failed } else { Succeeded })]);
            for step in steps.chain([Some(Visible(true)), None, Some(Succeeded), None, Some(Succeeded), None, None]) {
                let event = match (step, under_way) {
                    (Some(answer @ (Succeeded | Failed)), Some(Fetch)) => {
                        under_way = None;
                        stale |= answer == Failed;
                        answer
                    }
                    (Some(Succeeded | Failed), _) => continue,
                    (Some(event), _) => event,
                    (None, Some(Pause(_))) => {
                        under_way = None;
                        PauseEnded
                    }
                    (None, _) => continue,
                };
                stale |= matches!(event, JobChanged | Stored);
                let Some(action) = page.handle(event, 0.0) else { continue };
                prop_assert!(under_way != Some(Fetch) || matches!(event, Stored | Connection(_)), "two requests for {:?}", event);
                stale &= action != Fetch;
                under_way = Some(action);
            }
            prop_assert!(!stale);
        }
    }
}
