//! When a page is fetched again: as its jobs move, and until it has been. One request at a time, none while nobody looks.

use super::{Backoff, Link};

/// The shortest time between the end of one request and the next, unless somebody waits for it.
const PAUSE_MS: u32 = 2_000;

/// Something that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RevalidationEvent {
    /// A job that the page shows has moved.
    JobMoved,
    /// Something was stored from this page.
    Stored,
    /// What the connection looks like now.
    Link(Link),
    /// Whether the tab is looked at.
    Visible(bool),
    /// The request of [`RevalidationAction::Fetch`] was answered, if only with a refusal.
    Succeeded,
    /// It was not, or with an error that may pass.
    Failed,
    /// The pause of [`RevalidationAction::Rest`] is over.
    Rested,
}

/// Something to do instead of what is under way: there is never more than one request or pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RevalidationAction {
    /// Fetch the page.
    Fetch,
    /// Wait for so many milliseconds.
    Rest(u32),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Ready,
    Fetching,
    Resting,
}

/// The decisions for one page. Starts with a page that was just rendered, in a tab that is not looked at.
#[derive(Clone, Debug, Default)]
pub(crate) struct Revalidation {
    phase: Phase,
    /// The page shows less than there is.
    stale: bool,
    visible: bool,
    connected: bool,
    /// The connection was lost, and jobs may have come and gone unheard.
    away: bool,
    backoff: Backoff,
}

impl Revalidation {
    /// Takes what happened; says what to do. `random` from 0 to 1 is for the pauses.
    pub(crate) fn handle(&mut self, event: RevalidationEvent, random: f64) -> Option<RevalidationAction> {
        use RevalidationEvent::{Failed, JobMoved, Link as Linked, Rested, Stored, Succeeded, Visible};
        match event {
            JobMoved => {
                self.stale = true;
                self.fetch_if(self.phase == Phase::Ready)
            }
            Stored => self.supersede(),
            Linked(Link::Live) => {
                self.connected = true;
                if std::mem::take(&mut self.away) { self.supersede() } else { None }
            }
            Linked(link) => {
                // Before the first connection nothing can have been missed, unless it took several tries.
                self.away |= self.connected || link != Link::Idle;
                None
            }
            Visible(visible) => {
                self.visible = visible;
                self.fetch_if(self.phase != Phase::Fetching)
            }
            Succeeded => {
                self.backoff.reset();
                self.rest(PAUSE_MS)
            }
            Failed => {
                self.stale = true;
                let pause = self.backoff.pause(random);
                self.rest(pause)
            }
            Rested => {
                self.phase = Phase::Ready;
                self.fetch_if(true)
            }
        }
    }

    /// What is under way may have been rendered before this, or wait for a network that is back.
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

    fn rest(&mut self, pause_ms: u32) -> Option<RevalidationAction> {
        self.phase = Phase::Resting;
        Some(RevalidationAction::Rest(pause_ms))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{
        RevalidationAction::{Fetch, Rest},
        RevalidationEvent::{Failed, JobMoved, Link as Linked, Rested, Stored, Succeeded, Visible},
        *,
    };

    /// A page that is looked at and connected.
    fn page() -> Revalidation {
        let mut page = Revalidation::default();
        for event in [Visible(true), Linked(Link::Idle), Linked(Link::Live)] {
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
        assert_eq!(actions(&mut page, [JobMoved, Failed]), [Some(Fetch), Some(Rest(3_000))]);
        assert_eq!(actions(&mut page, [Rested, Failed]), [Some(Fetch), Some(Rest(6_000))]);
        assert_eq!(actions(&mut page, [Rested, Succeeded]), [Some(Fetch), Some(Rest(PAUSE_MS))]);
        assert_eq!(actions(&mut page, [Rested, Rested]), [None, None], "nothing is stale any more");
        assert_eq!(actions(&mut page, [JobMoved, Failed]), [Some(Fetch), Some(Rest(3_000))], "the count began again");
    }

    #[test]
    fn moves_during_a_fetch_or_pause_are_fetched_once_after_it() {
        let mut page = page();
        assert_eq!(actions(&mut page, [JobMoved, JobMoved, JobMoved]), [Some(Fetch), None, None]);
        assert_eq!(actions(&mut page, [Succeeded, JobMoved, Rested]), [Some(Rest(PAUSE_MS)), None, Some(Fetch)]);
        assert_eq!(actions(&mut page, [Succeeded, Rested]), [Some(Rest(PAUSE_MS)), None]);
    }

    #[test]
    fn storing_supersedes_a_fetch_and_a_pause() {
        let mut page = page();
        assert_eq!(actions(&mut page, [JobMoved, Stored]), [Some(Fetch), Some(Fetch)]);
        assert_eq!(actions(&mut page, [Failed, Stored]), [Some(Rest(3_000)), Some(Fetch)]);
    }

    #[test]
    fn every_return_of_the_connection_fetches_once() {
        let lost = Linked(Link::Lost { seconds: 3 });
        let mut page = page();
        for lost in [lost, Linked(Link::Idle)] {
            assert_eq!(actions(&mut page, [lost, Linked(Link::Live)]), [None, Some(Fetch)]);
            assert_eq!(actions(&mut page, [Succeeded, Linked(Link::Live), Rested]), [Some(Rest(PAUSE_MS)), None, None]);
        }
        let mut slow = Revalidation { visible: true, ..Revalidation::default() };
        assert_eq!(actions(&mut slow, [Linked(Link::Idle), lost, Linked(Link::Live)]), [None, None, Some(Fetch)], "it took several tries");
    }

    #[test]
    fn hidden_page_fetches_nothing_and_once_when_it_is_seen() {
        let mut page = page();
        let hidden = [Visible(false), JobMoved, Stored, Linked(Link::Idle), Linked(Link::Live), Rested];
        assert_eq!(actions(&mut page, hidden), [None; 6]);
        assert_eq!(actions(&mut page, [Visible(true), Visible(false), Visible(true)]), [Some(Fetch), None, None]);
        assert_eq!(actions(&mut page, [Visible(false), Failed, Rested]), [None, Some(Rest(3_000)), None]);
        assert_eq!(actions(&mut page, [Visible(true)]), [Some(Fetch)]);
    }

    proptest! {
        /// An edge that does what it is told, and any other events between.
        #[test]
        fn page_is_fetched_after_its_last_change_whatever_came_before(
            events in prop::collection::vec(prop::sample::select(&[JobMoved, Stored, Linked(Link::Live), Linked(Link::Idle), Visible(false), Visible(true)][..]), 0..30),
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
                    (None, Some(Rest(_))) => {
                        under_way = None;
                        Rested
                    }
                    (None, _) => continue,
                };
                stale |= matches!(event, JobMoved | Stored);
                let Some(action) = page.handle(event, 0.0) else { continue };
                prop_assert!(under_way != Some(Fetch) || matches!(event, Stored | Linked(_)), "two requests for {:?}", event);
                stale &= action != Fetch;
                under_way = Some(action);
            }
            prop_assert!(!stale);
        }
    }
}
