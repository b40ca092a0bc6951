//! Single transitions, and random sequences of them, checked against the contract.

use app::wire::FailureCause;
use proptest::prelude::*;

use super::*;

fn result(failed: bool, place: u32) -> ItemResult {
    let outcome = if failed {
        Err(Failure { cause: FailureCause::Unavailable, text: "Video is private".into() })
    } else {
        Ok(Metadata { title: Some("A title".into()), channel: None, duration_seconds: None, reason: None })
    };
    ItemResult { line: 1, place, video_id: Some(Uuid::from_u128(7)), outcome }
}

fn start(total: u32) -> ProgressUpdate {
    pending(Uuid::from_u128(1), Uuid::from_u128(2), total, Timestamp::from_micros(1_000))
}

#[test]
fn job_of_ten_videos_advances_by_ten_percent_each() {
    let mut state = start(10);
    let mut steps = vec![state.progress];
    for _ in 0..10 {
        let after = advance(&state, &result(false, 1), None, Timestamp::from_micros(0));
        assert!(is_event(&state, &after));
        state = after;
        steps.push(state.progress);
    }
    assert_eq!(steps, [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
    assert_eq!(state.message, "Processing video 10/10");
    let end = ended(&state, &Ending::Done, Timestamp::from_micros(0));
    assert_eq!((end.status, end.message.as_str()), (JobStatus::Completed, "Completed: 10 succeeded, 0 failed"));
}

#[test]
fn last_error_stays_on_later_states() {
    let failed = advance(&start(2), &result(true, 2), None, Timestamp::from_micros(0));
    assert_eq!(failed.message, "Error on video 1/2: Video is private");
    assert_eq!((failed.status, failed.place), (JobStatus::Processing, Some(2)));
    let after = advance(&failed, &result(false, 1), None, Timestamp::from_micros(0));
    assert_eq!((after.error, after.place, after.last_error), (None, None, failed.last_error.clone()));
    assert_eq!(ended(&failed, &Ending::Cancelled, Timestamp::from_micros(0)).message, "Cancelled: 0 succeeded, 1 failed, 1 not tried");
}

/// What workers and the user may do with a job.
#[derive(Clone, Debug)]
enum Step {
    /// A flush of these results (true for a failure), and whether it commits: a worker that has lost its lease writes nothing.
    Flush(Vec<bool>, bool),
    /// The source is unavailable.
    Wait,
    /// The worker ends the job, as far as it knows.
    End(Ending),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let end = prop_oneof![Just(Ending::Done), Just(Ending::Cancelled), Just(Ending::Failed("YouTube could not be reached for a day.".into()))];
    let step = prop_oneof![
        12 => (prop::collection::vec(any::<bool>(), 0..60), prop::bool::weighted(0.8)).prop_map(|(results, commits)| Step::Flush(results, commits)),
        3 => Just(Step::Wait),
        1 => end.prop_map(Step::End),
    ];
    prop::collection::vec(step, 1..60)
}

/// A stored job: its newest state and its history.
struct StoredJob {
    state: ProgressUpdate,
    history: Vec<ProgressUpdate>,
}

impl StoredJob {
    fn store(&mut self, states: Vec<ProgressUpdate>) {
        for state in states {
            if is_event(&self.state, &state) {
                self.history.push(state.clone());
            }
            self.state = state;
        }
    }
}

/// What holds between each state and the next.
fn assert_follows(before: &ProgressUpdate, after: &ProgressUpdate, now: Timestamp) {
    let last = before.created_at.unwrap();
    assert_eq!((after.seq, after.created_at), (before.seq.map(|seq| seq + 1), Some(now.max(last.plus_micros(1)))));
    assert!(after.current_video >= before.current_video && after.current_video <= after.total_videos);
    assert!(after.failed_videos >= before.failed_videos && after.failed_videos.unwrap() <= after.current_video);
    let full = matches!(after.status, JobStatus::Completed | JobStatus::CompletedWithErrors);
    assert_eq!(u64::from(after.progress), if full { 100 } else { 100 * u64::from(after.current_video) / u64::from(after.total_videos) });
    assert!(after.progress >= before.progress);
    assert_eq!((after.job_id, after.list_id, after.total_videos), (before.job_id, before.list_id, before.total_videos));
    assert_eq!(after.last_error.is_some(), after.failed_videos > Some(0), "rides on every state after the first failure");
    assert_eq!(after.retry_at.is_some(), after.message.starts_with("Waiting for YouTube"));
}

/// Which states are stored as events, according to the contract.
fn is_event_by_contract(before: &ProgressUpdate, after: &ProgressUpdate) -> bool {
    let new_failure = after.failed_videos > before.failed_videos;
    let finished = after.current_video > before.current_video;
    let waits_or_goes_on = after.retry_at.is_some() != before.retry_at.is_some();
    after.status.is_terminal()
        || waits_or_goes_on
        || (finished && after.total_videos <= 200)
        || (finished && after.progress > before.progress)
        || (new_failure && after.failed_videos <= Some(500))
}

proptest! {
    #[test]
    fn any_sequence_of_steps_keeps_the_contract(total in prop_oneof![1u32..30, 150..250u32, 900..3_000u32], steps in steps(), clock in prop::collection::vec(0i64..3_000, 1..40)) {
        let first = start(total);
        let mut job = StoredJob { history: vec![first.clone()], state: first };
        let mut all = job.history.clone();
        let mut waits = 0;
        for (step, now) in steps.into_iter().zip(clock.iter().cycle()) {
            let (before, now) = (job.state.clone(), Timestamp::from_micros(*now));
            let mut states: Vec<ProgressUpdate> = Vec::new();
            match step {
                Step::Flush(results, commits) => {
                    let room = (before.total_videos - before.current_video) as usize;
                    for failed in results.into_iter().take(room) {
                        let after = advance(states.last().unwrap_or(&before), &result(failed, 1), None, now);
                        prop_assert_eq!(after.error.is_some(), failed);
                        prop_assert!(after.status == JobStatus::Processing && after.retry_at.is_none());
                        states.push(after);
                    }
                    if !commits {
                        states.clear();
                    }
                }
                // Continuing to wait is not an event, whatever the job's size: the store keeps only the first waiting state.
                Step::Wait if before.retry_at.is_none() => {
                    waits += 1;
                    states.push(waiting(&before, WaitingReason::Network, now.plus_micros(60_000_000), now));
                }
                Step::Wait => {}
                Step::End(ending) => states.push(ended(&before, &ending, now)),
            }
            for (before, after) in std::iter::once(&before).chain(&states).zip(&states) {
                assert_follows(before, after, now);
                prop_assert_eq!(is_event(before, after), is_event_by_contract(before, after), "{:?} then {:?}", before, after);
            }
            all.extend(states.iter().cloned());
            job.store(states);
            if job.state.status.is_terminal() {
                break;
            }
        }
        prop_assert!(job.history.windows(2).all(|pair| pair[0].seq < pair[1].seq && pair[0].created_at < pair[1].created_at));
        let failures = job.state.failed_videos.unwrap() as usize;
        let failure_events = job.history.iter().filter(|event| event.error.is_some() && !event.status.is_terminal()).count();
        prop_assert!(failure_events >= failures.min(500), "every failure, up to five hundred");
        let (end, failed) = (usize::from(job.state.status.is_terminal()), failures.min(MAX_FAILURE_EVENTS as usize));
        let most = if total <= MAX_VIDEOS_FOR_FULL_HISTORY { total as usize } else { 100 + failed };
        prop_assert!(job.history.len() <= 1 + most + 2 * waits + end);
        if end == 1 {
            prop_assert_eq!(job.history.last(), Some(&job.state));
            let status = job.state.status;
            prop_assert_eq!(all.iter().filter(|state| state.status.is_terminal()).count(), 1);
            prop_assert_eq!(status == JobStatus::Completed, job.state.progress == 100 && failures == 0 && !matches!(status, JobStatus::Cancelled | JobStatus::Failed));
            prop_assert_eq!(status == JobStatus::Failed, job.state.error.is_some());
        }
    }
}
