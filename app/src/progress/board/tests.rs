//! The reducer's rules, one by one and at random.

use super::{entry::MAX_FAILURES, *};
use crate::wire::{JobStatus, Timestamp, WaitingReason, percent};

mod properties;

const TOTAL: u32 = 30;

impl Board {
    fn from_states(states: impl IntoIterator<Item = ProgressUpdate>, now_ms: u64) -> Self {
        let mut board = Self::default();
        for state in states {
            board.apply(state, now_ms);
        }
        board
    }

    fn len(&self) -> usize {
        self.entries.len()
    }

    fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

fn job(number: u64) -> Uuid {
    // Version 7, one millisecond apart.
    Uuid::from_u128((u128::from(1_700_000_000_000 + number) << 80) | (7 << 76) | (2 << 62) | u128::from(number))
}

/// State `seq` of job `number`; created in that order.
pub(in crate::progress) fn update(number: u64, seq: u64) -> ProgressUpdate {
    let current_video = (seq as u32 - 1).min(TOTAL);
    let message = format!("Processing video {current_video}/{TOTAL}");
    ProgressUpdate {
        seq: Some(seq),
        created_at: Some(Timestamp::from_micros(1_795_371_600_000_000 + seq as i64)),
        ..ProgressUpdate::core(job(number), JobStatus::Processing, percent(current_video, TOTAL), current_video, TOTAL, message)
    }
}

fn ended(number: u64, seq: u64, status: JobStatus) -> ProgressUpdate {
    ProgressUpdate { status, progress: 100, ..update(number, seq) }
}

fn failed(number: u64, seq: u64) -> ProgressUpdate {
    ProgressUpdate { error: Some("Video is private".into()), ..update(number, seq) }
}

fn foreign(number: u64, current_video: u32, status: JobStatus) -> ProgressUpdate {
    ProgressUpdate { current_video, status, seq: None, created_at: None, ..update(number, 1) }
}

fn seq(board: &Board, number: u64) -> Option<u64> {
    board.card(job(number)).and_then(|card| card.state.seq)
}

#[test]
fn cards_are_ordered_newest_first_and_keep_their_place() {
    let mut board = Board::from_states([update(2, 1), update(1, 1), update(3, 1)], 0);
    assert_eq!(board.jobs(), [job(3), job(2), job(1)]);
    board.apply(ended(1, 9, JobStatus::Completed), 1);
    assert_eq!(board.jobs(), [job(3), job(2), job(1)]);
    // The id of another publisher contains no time: it counts from its arrival.
    let stranger = ProgressUpdate { job_id: Uuid::from_u128(4 << 76), ..foreign(9, 1, JobStatus::Processing) };
    board.apply(stranger.clone(), 1_800_000_000_000);
    assert_eq!(board.jobs()[0], stranger.job_id);
    board.apply(update(4, 1), 1_800_000_000_001);
    assert_eq!(board.jobs()[..2], [stranger.job_id, job(4)]);
}

#[test]
fn update_is_ignored_unless_its_seq_is_higher() {
    let mut board = Board::default();
    assert_eq!(board.apply(update(1, 5), 0), Change::Added);
    assert_eq!(board.apply(update(1, 5), 0), Change::Ignored);
    assert_eq!(board.apply(update(1, 4), 0), Change::Ignored);
    assert_eq!(board.apply(update(1, 6), 0), Change::Updated);
    assert_eq!(board.apply(ended(1, 7, JobStatus::Completed), 0), Change::Ended);
    assert_eq!(board.apply(update(1, 8), 0), Change::Ignored);
    assert_eq!(seq(&board, 1), Some(7));
}

#[test]
fn update_without_seq_is_ordered_by_arrival_and_never_replaces_a_sequenced_one() {
    let mut board = Board::default();
    assert_eq!(board.apply(foreign(1, 5, JobStatus::Processing), 0), Change::Added);
    assert_eq!(board.apply(foreign(1, 3, JobStatus::Processing), 0), Change::Updated);
    assert_eq!(board.card(job(1)).unwrap().state.current_video, 3);
    assert_eq!(board.apply(foreign(1, 30, JobStatus::Completed), 0), Change::Ended);
    assert_eq!(board.apply(foreign(1, 4, JobStatus::Processing), 0), Change::Ignored);

    board.apply(update(2, 2), 0);
    assert_eq!(board.apply(foreign(2, 30, JobStatus::Cancelled), 0), Change::Ignored);
    assert_eq!(seq(&board, 2), Some(2));
}

#[test]
fn sequenced_update_replaces_a_terminal_one_without_seq() {
    let mut board = Board::default();
    board.apply(ProgressUpdate { error: Some("forged".into()), video_id: Some(Uuid::nil()), ..foreign(1, 30, JobStatus::Failed) }, 0);
    assert_eq!(board.card(job(1)).unwrap().failures, [30]);
    assert_eq!(board.apply(update(1, 3), 0), Change::Updated);
    let card = board.card(job(1)).unwrap();
    assert_eq!((card.state.status, card.failures.len()), (JobStatus::Processing, 0));
    // Nor is it removed five minutes after another publisher reported its end.
    assert_eq!(board.sweep(CARD_TTL_MS), Change::Ignored);
}

#[test]
fn failure_is_marked_at_its_place_in_the_file() {
    let mut board = Board::default();
    // The 20th video is the fourth to be finished; another publisher does not say which it is.
    board.apply(ProgressUpdate { place: Some(20), ..failed(1, 5) }, 0);
    board.apply(failed(1, 6), 0);
    board.apply(ProgressUpdate { place: Some(20), ..failed(1, 5) }, 0);
    assert_eq!(board.card(job(1)).unwrap().failures, [5, 20]);
}

#[test]
fn failures_are_collected_from_outdated_updates_too() {
    let mut board = Board::from_states([update(1, 9)], 0);
    assert_eq!(board.apply(failed(1, 5), 0), Change::Updated);
    assert_eq!(board.apply(failed(1, 3), 0), Change::Updated);
    assert_eq!(board.apply(failed(1, 5), 0), Change::Ignored);
    assert_eq!(board.apply(failed(1, 11), 0), Change::Updated);
    assert_eq!(board.card(job(1)).unwrap().failures, [2, 4, 10]);
    assert_eq!(seq(&board, 1), Some(11));
    // The job's own error does not belong to a video.
    board.apply(ProgressUpdate { error: Some("YouTube could not be reached".into()), ..ended(1, 20, JobStatus::Failed) }, 0);
    assert_eq!(board.card(job(1)).unwrap().failures, [2, 4, 10]);
}

#[test]
fn terminal_card_is_swept_after_five_minutes_and_stays_away() {
    let last = ended(1, 9, JobStatus::CompletedWithErrors);
    let mut board = Board::from_states([update(1, 3), update(2, 3)], 0);
    board.apply(last.clone(), 1_000);
    // Another copy of it does not keep it longer.
    board.apply(last.clone(), 200_000);
    assert_eq!(board.sweep(300_999), Change::Ignored);
    assert_eq!(board.sweep(301_000), Change::Removed);
    assert_eq!(board.jobs(), [job(2)]);
    for again in [last.clone(), update(1, 8), foreign(1, 30, JobStatus::Completed)] {
        assert_eq!(board.apply(again, 302_000), Change::Ignored);
    }
    // Active cards stay, however long they take.
    assert_eq!(board.sweep(301_000 + TOMBSTONE_TTL_MS), Change::Ignored);
    assert_eq!(board.jobs(), [job(2)]);
    assert!(board.tombstones.is_empty());
}

#[test]
fn sweep_is_not_delayed_by_a_clock_set_back() {
    let mut board = Board::from_states([ended(1, 9, JobStatus::Completed)], 1_000_000_000);
    assert_eq!(board.sweep(1_000), Change::Ignored);
    assert_eq!(board.sweep(1_000 + CARD_TTL_MS), Change::Removed);
}

#[test]
fn jobs_without_a_worker_wait_with_their_source() {
    let pending = |number| ProgressUpdate { status: JobStatus::Pending, message: "Starting processing...".into(), ..update(number, 1) };
    let others = ProgressUpdate { seq: None, ..pending(4) };
    let mut board = Board::from_states([pending(1), update(2, 4), ended(3, 9, JobStatus::Completed), others.clone()], 0);
    let block = SourceBlock { blocked_until: Timestamp::from_micros(60_000_000), reason: WaitingReason::Quota };
    let source = |block| Frame::Control(Control::source(block));
    assert_eq!(board.apply_frame(source(Some(block)), 0), Change::Updated);
    assert_eq!(board.apply_frame(source(Some(block)), 0), Change::Ignored);
    assert_eq!(board.apply(pending(5), 0), Change::Added, "it is uploaded meanwhile");
    let retry_at = |board: &Board, number| board.card(job(number)).unwrap().state.retry_at;
    assert_eq!([1, 2, 3, 4, 5].map(|number| retry_at(&board, number).is_some()), [true, true, false, false, true]);
    assert!(board.card(job(1)).unwrap().state.message.starts_with("Waiting for YouTube's quota; "));
    // A worker still had this one.
    assert_eq!(board.apply(update(2, 5), 0), Change::Updated);
    assert_eq!(retry_at(&board, 2), None);
    assert_eq!(board.apply_frame(source(None), 0), Change::Updated);
    assert_eq!(board.card(job(1)).unwrap().state, pending(1));
    assert_eq!(board.card(job(4)).unwrap().state, others);
    assert!((1..=5).all(|number| retry_at(&board, number).is_none()));
}

#[test]
fn dismissed_card_stays_away_whichever_tab_dismissed_it() {
    let last = ended(1, 9, JobStatus::Completed);
    let mut board = Board::from_states([last.clone(), update(2, 4), update(3, 4)], 0);
    assert_eq!(board.dismiss(job(1), 0), Change::Removed);
    assert_eq!(board.dismiss(job(1), 0), Change::Ignored);
    assert_eq!(board.apply(last, 0), Change::Ignored);
    // Dismissed in another tab, with the last state still on its way.
    assert_eq!(board.control(&Control::Dismissed { job_id: job(3) }, 0), Change::Removed);
    assert_eq!(board.apply(ended(3, 9, JobStatus::Completed), 0), Change::Ignored);
    // The card of a job that continues comes back with its next state.
    assert_eq!(board.dismiss(job(2), 0), Change::Removed);
    assert_eq!(board.apply(update(2, 4), 0), Change::Ignored);
    assert_eq!(board.apply(update(2, 5), 0), Change::Added);
}

#[test]
fn removed_job_gets_no_card_from_a_late_update() {
    let mut board = Board::default();
    assert_eq!(board.apply_frame(Frame::Control(Control::Removed { job_id: job(1) }), 0), Change::Ignored);
    assert_eq!(board.apply_frame(Frame::Update(Box::new(update(1, 3))), 0), Change::Ignored);
    assert!(board.is_empty());
}

#[test]
fn history_is_requested_for_active_cards_only() {
    let board = Board::from_states([update(1, 3), ended(2, 9, JobStatus::Failed)], 0);
    let asks = board.history_requests();
    assert_eq!(asks.len(), 1);
    assert_eq!((asks[0].job_id, asks[0].since), (job(1), update(1, 3).created_at));
    assert_eq!(board.history_request(job(1)).as_ref(), asks.first());
    assert_eq!(board.history_request(job(2)), None);
}

#[test]
fn board_stays_bounded_over_a_week_in_one_tab() {
    // Many jobs in quick succession, then five thousand over a week.
    for (pace_ms, max_cards) in [(2_000, MAX_CARDS), (7 * 24 * 60 * MINUTE_MS / 5_000, 3)] {
        board_stays_small_over_a_week(pace_ms, max_cards);
    }
}

fn board_stays_small_over_a_week(pace_ms: u64, max_cards: usize) {
    let mut board = Board::default();
    let mut now_ms = 0;
    for number in 0..5_000 {
        for seq in 1..=3 {
            board.apply(failed(number, seq), now_ms);
        }
        board.apply(ended(number, 9, JobStatus::CompletedWithErrors), now_ms);
        now_ms += pace_ms;
        board.sweep(now_ms);
        assert!(board.len() <= max_cards && board.tombstones.len() <= MAX_TOMBSTONES);
    }
    board.sweep(now_ms + CARD_TTL_MS);
    assert!(board.is_empty());
    board.sweep(now_ms + CARD_TTL_MS + TOMBSTONE_TTL_MS);
    assert_eq!(board, Board::default());
}

#[test]
fn oldest_cards_are_dropped_above_the_limit() {
    let many = MAX_CARDS as u64 + 50;
    let forth = Board::from_states((0..many).map(|number| update(number, 1)), 0);
    let back = Board::from_states((0..many).rev().map(|number| update(number, 1)), 0);
    assert_eq!(forth, back);
    assert_eq!((forth.len(), forth.jobs()[0]), (MAX_CARDS, job(many - 1)));
}

#[test]
fn oldest_tombstone_is_dropped_above_the_limit() {
    let mut board = Board::default();
    for number in 0..=MAX_TOMBSTONES as u64 {
        board.remove(job(number), 0);
    }
    assert_eq!(board.tombstones.len(), MAX_TOMBSTONES);
    assert_eq!(board.apply(update(0, 1), 0), Change::Added);
    assert_eq!(board.apply(update(1, 1), 0), Change::Ignored);
}

#[test]
fn failures_of_a_card_are_limited() {
    let at = |position| ProgressUpdate { current_video: position, total_videos: 9_000, ..failed(1, u64::from(position)) };
    let mut board = Board::default();
    for position in (1..=2_000).rev() {
        board.apply(at(position), 0);
    }
    let failures = &board.card(job(1)).unwrap().failures;
    assert_eq!((failures.len(), failures.first(), failures.last()), (MAX_FAILURES, Some(&1), Some(&500)));
}

#[test]
fn history_is_requested_for_cards_that_missed_failures() {
    let mut board = Board::default();
    let end = ProgressUpdate { failed_videos: Some(2), ..ended(1, 9, JobStatus::CompletedWithErrors) };
    board.apply(end, 0);
    let asks = board.missed_failure_requests();
    assert_eq!(asks.iter().map(|ask| (ask.since, ask.after_seq)).collect::<Vec<_>>(), [(None, Some(0))]);
    for seq in [3, 5] {
        board.apply(ProgressUpdate { error: Some("Video is private".into()), ..update(1, seq) }, 0);
    }
    assert_eq!(board.card(job(1)).unwrap().failures, [2, 4]);
    assert_eq!(board.missed_failure_requests(), []);
    assert!(board.history_requests().is_empty(), "an ended card that misses nothing asks nothing");
}
