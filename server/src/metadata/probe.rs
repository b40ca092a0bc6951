//! Whether a failure is about a video or about the source: others succeed, or an id that is known to be public is asked.

use std::{collections::HashSet, future::Future, time::Duration};

use tokio::{
    sync::{Mutex, watch},
    time::{Instant, timeout},
};

use super::lookup_error::LookupError;

/// The first video of YouTube, public since April 2005 (<https://en.wikipedia.org/wiki/Me_at_the_zoo>). Should it be deleted one day, "not
/// found" is an answer of oEmbed as well, and only the Data API's client has to be given another one.
pub(super) const KNOWN_VIDEO_ID: &str = "jNQXAC9IVRw";

/// So many refusals of different ids without a success between them are no accident.
pub(super) const MAX_REFUSALS: usize = 5;
/// How long a refusal waits for the answers to calls that are in flight beside it: about as long as one takes.
const REFUSAL_GRACE_PERIOD: Duration = Duration::from_millis(500);
/// The known video is answered for within a second, if at all.
const PROBE_TIMEOUT: Duration = Duration::from_secs(3);

/// Successes and refusals of all calls to a source.
#[derive(Debug, Default)]
pub(super) struct Probe {
    tally: watch::Sender<Tally>,
    /// When the last call for the known video began, and what came of it: shared by those who wait for the lock meanwhile.
    last_answer: Mutex<Option<(Instant, Result<(), LookupError>)>>,
}

#[derive(Debug, Default)]
struct Tally {
    successes: u64,
    /// The ids that were refused since the last success; at most [`MAX_REFUSALS`].
    refused: HashSet<String>,
}

/// How many calls had succeeded at three moments of a call that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SuccessCounts {
    pub(super) at_start: u64,
    /// When the last attempt began.
    pub(super) at_last_attempt: u64,
    pub(super) at_end: u64,
}

impl Probe {
    pub(super) fn successes(&self) -> u64 {
        self.tally.borrow().successes
    }

    pub(super) fn on_success(&self) {
        self.tally.send_modify(|tally| *tally = Tally { successes: tally.successes + 1, refused: HashSet::new() });
    }

    /// Returns once it is clear that a failure for this id is about the id.
    ///
    /// A failed attempt while others succeed is about its id. A refusal is accepted more easily by mistake, because it is stored as the
    /// video's state: it has to come beside a success, and fewer than [`MAX_REFUSALS`] of them together. In every other case the known
    /// video is asked for.
    ///
    /// # Errors
    /// It is the source: the error of the call for the known video.
    pub(super) async fn confirm<F: Future<Output = Result<(), LookupError>>>(
        &self,
        id: &str,
        error: &LookupError,
        successes: SuccessCounts,
        ask_known_video: impl FnOnce() -> F,
    ) -> Result<(), LookupError> {
        let (failed_at, is_refusal) = (Instant::now(), matches!(error, LookupError::Forbidden(_)));
        let is_beside_a_success =
            if is_refusal { self.is_isolated_refusal(id, successes).await } else { successes.at_end > successes.at_last_attempt };
        if is_beside_a_success {
            return Ok(());
        }
        let answer = tokio::select! {
            () = self.success_after(successes.at_end) => Ok(()),
            answer = self.ask(failed_at, ask_known_video) => answer,
        };
        // Without an answer there is no sign that the source refuses everything, and it answered before.
        let is_first_of_its_kind = is_refusal && successes.at_end > 0 && self.tally.borrow().refused.len() < MAX_REFUSALS;
        answer.or_else(|error| if is_first_of_its_kind && error.is_no_answer() { Ok(()) } else { Err(error) })
    }

    async fn is_isolated_refusal(&self, id: &str, SuccessCounts { at_start, at_end, .. }: SuccessCounts) -> bool {
        self.tally.send_modify(|tally| {
            // After a success since, it is no longer one of several in a row.
            if tally.successes == at_end && tally.refused.len() < MAX_REFUSALS {
                tally.refused.insert(id.to_owned());
            }
        });
        let mut tally = self.tally.subscribe();
        let decided = tally.wait_for(|tally| tally.successes > at_end || tally.refused.len() >= MAX_REFUSALS);
        match timeout(REFUSAL_GRACE_PERIOD, decided).await {
            Ok(tally) => tally.is_ok_and(|tally| tally.successes > at_end),
            Err(_) => at_end > at_start,
        }
    }

    async fn success_after(&self, successes: u64) {
        // It fails only without a sender, which is in here.
        _ = self.tally.subscribe().wait_for(|tally| tally.successes > successes).await;
    }

    /// Asks for the known video, unless a call for it began after `failed_at`.
    async fn ask<F: Future<Output = Result<(), LookupError>>>(&self, failed_at: Instant, call: impl FnOnce() -> F) -> Result<(), LookupError> {
        let mut last_answer = self.last_answer.lock().await;
        if let Some((_, answer)) = last_answer.as_ref().filter(|(began, _)| *began >= failed_at) {
            return answer.clone();
        }
        let began = Instant::now();
        let answer = timeout(PROBE_TIMEOUT, call()).await.unwrap_or_else(|_| Err(LookupError::Network("no answer in time".into())));
        *last_answer = Some((began, answer.clone()));
        if answer.is_ok() {
            self.on_success();
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: SuccessCounts = SuccessCounts { at_start: 0, at_last_attempt: 0, at_end: 0 };

    fn unreadable() -> LookupError {
        LookupError::Unreadable("status 500".into())
    }

    fn forbidden() -> LookupError {
        LookupError::Forbidden(String::new())
    }

    async fn never() -> Result<(), LookupError> {
        panic!("the known video is not asked for")
    }

    #[tokio::test(start_paused = true)]
    async fn failure_beside_a_success_is_about_its_id() {
        let probe = Probe::default();
        let during = SuccessCounts { at_end: 1, ..NONE };
        assert_eq!(probe.confirm("a", &unreadable(), during, never).await, Ok(()));
        assert_eq!(probe.confirm("a", &forbidden(), during, never).await, Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn known_video_decides_where_nothing_succeeds() {
        for error in [unreadable(), forbidden()] {
            let probe = Probe::default();
            assert_eq!(probe.confirm("a", &error, NONE, async || Err(error.clone())).await, Err(error.clone()));
            tokio::time::advance(Duration::from_millis(1)).await;
            assert_eq!(probe.confirm("a", &error, NONE, async || Ok(())).await, Ok(()));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn five_refusals_in_a_row_are_not_accepted_although_a_success_came_before() {
        let (probe, error) = (Probe::default(), forbidden());
        let beside_a_success = SuccessCounts { at_end: 1, ..NONE };
        probe.on_success();
        let refusals = ["a", "b", "c", "d", "e"].map(|id| probe.confirm(id, &error, beside_a_success, async || Err(forbidden())));
        assert_eq!(futures::future::join_all(refusals).await, vec![Err(forbidden()); 5]);
        tokio::time::advance(Duration::from_millis(1)).await;
        let one = probe.confirm("a", &error, SuccessCounts { at_start: 1, at_last_attempt: 1, at_end: 1 }, std::future::pending);
        let (refusal, ()) = tokio::join!(one, async { probe.on_success() });
        assert_eq!(refusal, Ok(()), "a success while the known video is asked for");
    }

    #[tokio::test(start_paused = true)]
    async fn refusal_after_a_success_is_accepted_where_the_known_video_gets_no_answer() {
        let (probe, error) = (Probe::default(), forbidden());
        let silence = Err(LookupError::Network("no answer in time".into()));
        assert_eq!(probe.confirm("a", &error, NONE, std::future::pending).await, silence, "nothing ever succeeded");
        probe.on_success();
        let after = SuccessCounts { at_start: 1, at_last_attempt: 1, at_end: 1 };
        assert_eq!(probe.confirm("a", &error, after, std::future::pending).await, Ok(()));
        assert_eq!(probe.confirm("b", &error, after, async || Err(forbidden())).await, Err(forbidden()), "it is refused as well");
    }

    #[tokio::test(start_paused = true)]
    async fn failures_share_one_call_for_the_known_video() {
        let (probe, calls) = (Probe::default(), std::cell::Cell::new(0));
        let ask = async || {
            calls.set(calls.get() + 1);
            tokio::time::sleep(Duration::from_secs(1)).await;
            Ok(())
        };
        let failures = (0..20).map(|n| {
            let id = n.to_string();
            let ask = &ask;
            let probe = &probe;
            async move { probe.confirm(&id, &unreadable(), NONE, ask).await }
        });
        assert!(futures::future::join_all(failures).await.into_iter().all(|answer| answer.is_ok()));
        assert_eq!(calls.get(), 1);
        let refuse = async || {
            calls.set(calls.get() + 1);
            tokio::time::sleep(Duration::from_secs(1)).await;
            Err(unreadable())
        };
        let after = SuccessCounts { at_start: 1, at_last_attempt: 1, at_end: 1 };
        let failures = ["a", "b", "c"].map(|id| {
            let (refuse, probe) = (&refuse, &probe);
            async move { probe.confirm(id, &unreadable(), after, refuse).await }
        });
        assert_eq!(futures::future::join_all(failures).await, vec![Err(unreadable()); 3]);
        assert_eq!(calls.get(), 2, "a refusal is shared as well");
        assert_eq!(
            probe
                .confirm("a", &unreadable(), SuccessCounts { at_start: 1, at_last_attempt: 1, at_end: 1 }, async || std::future::pending().await)
                .await,
            Err(LookupError::Network("no answer in time".into()))
        );
    }
}
