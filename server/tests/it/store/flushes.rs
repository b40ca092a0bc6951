//! Flushes: one transaction each, every result stored once, states in order.

use app::{
    progress::ReceiptSummary,
    wire::{FailureCause, ItemFilter, ItemOutcome, JobStatus, ProgressUpdate, VideoFilter, VideoStatus},
};
use server::internals::{
    import::Entry,
    job::{Ending, ItemResult},
    store::{Flush, Renewal, Retry, StoreError, Written},
};

use super::fixtures::{
    TERM, claim, claim_and_die, claimed, events, failed, finish, flush, found, import, malformed, pause, try_flush, untried, user_with_list, video,
};
use crate::support::database::Database;

pub(super) async fn job_of_ten_runs_to_its_end(db: Database) {
    let (user, list, claim) = claimed(&db, 10).await;
    assert_eq!((claim.state.status, claim.cancel_requested, claim.waiting_since), (JobStatus::Pending, false, None));
    let work = untried(&db, &claim.lease).await;
    for item in &work {
        let state = flush(&db, &claim.lease, &[found(item)], None).await;
        assert_eq!((state.status, state.current_video, state.video_id), (JobStatus::Processing, item.line, item.video_id));
    }
    let end = flush(&db, &claim.lease, &[], Some(Ending::Done)).await;
    assert_eq!((end.status, end.message.as_str()), (JobStatus::Completed, "Completed: 10 succeeded, 0 failed"));

    let history = events(&db, user, claim.lease.job_id).await;
    assert_eq!(history.iter().map(|event| event.progress).collect::<Vec<_>>(), [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 100]);
    assert_eq!(history.last(), Some(&end));
    let job = db.store.job(user, claim.lease.job_id).await.unwrap();
    assert_eq!((job.status, job.current_video, job.failed_videos, job.state), (JobStatus::Completed, 10, 0, end));
    assert!(job.started_at.unwrap() >= job.created_at && job.ended_at.unwrap() >= job.started_at.unwrap());
    let videos = db.store.videos(user, list, &VideoFilter::default()).await.unwrap().items;
    assert!(videos.iter().all(|video| video.status == VideoStatus::Ok && video.duration_seconds == Some(61)));
    assert_eq!(videos[3].title.as_deref(), Some("Title 00000000003"));
    assert_eq!(try_flush(&*db.store, &claim.lease, &[], Some(Ending::Done)).await.unwrap(), Written::LeaseLost, "nothing follows the end");
    assert!(self::claim(&db).await.is_none());
}

/// The connection can break after a commit and before its answer: the worker then writes the same once more.
pub(super) async fn flush_whose_answer_was_lost_counts_once(db: Database) {
    let (user, _, claim) = claimed(&db, 3).await;
    let work = untried(&db, &claim.lease).await;
    let results = [found(&work[0]), failed(&work[1], FailureCause::Network)];
    let rows = Flush { state: &claim.state, causes: &claim.causes, results: &results, eta_seconds: None, end: None, untried_from: 3 };
    let first = db.store.flush(&claim.lease, &rows, TERM).await.unwrap();
    let Written::Stored { state, causes, .. } = &first else { panic!("the lease was lost") };
    assert_eq!((state.current_video, state.failed_videos, state.seq), (2, Some(1), Some(3)));
    assert_eq!(causes.iter().map(|(cause, count)| (*cause, *count)).collect::<Vec<_>>(), [(FailureCause::Network, 1)]);
    assert_eq!(db.store.flush(&claim.lease, &rows, TERM).await.unwrap(), first);
    assert_eq!(untried(&db, &claim.lease).await, work[2..]);
    // Nobody else writes its states, so another one is a fault.
    let older = Flush { results: &results[..1], ..rows };
    assert!(matches!(db.store.flush(&claim.lease, &older, TERM).await, Err(StoreError::Internal(_))));
    assert_eq!(finish(&db, &claim.lease).await.message, "Completed: 2 succeeded, 1 failed");
    assert_eq!(events(&db, user, claim.lease.job_id).await.len(), 5);
}

pub(super) async fn lost_lease_writes_nothing(db: Database) {
    let (user, list) = user_with_list(&db).await;
    super::fixtures::job(&db, user, list, 0..4).await;
    let dead = claim_and_die(&db).await.unwrap();
    let work = untried(&db, &dead.lease).await;
    // Expired but not taken over: still the only writer.
    flush_with(&db, &dead.lease, &[found(&work[0])]).await.unwrap();
    db.execute(&format!("UPDATE processing_jobs SET lease_until = lease_until - {}", db.seconds(120))).await;
    let successor = claim(&db).await.unwrap();
    assert_eq!(successor.lease.job_id, dead.lease.job_id);
    assert_eq!(successor.state.current_video, 1);

    assert!(flush_with(&db, &dead.lease, &[found(&work[1])]).await.is_none());
    assert_eq!(db.store.renew(&dead.lease, TERM).await.unwrap(), Renewal::LeaseLost);
    assert_eq!(db.store.wait_for_source(&dead.lease, &pause(TERM)).await.unwrap(), Written::LeaseLost);
    db.store.release(&dead.lease).await.unwrap();
    assert!(db.store.untried_items(&dead.lease, 0, 10).await.unwrap().is_empty());
    assert_eq!(db.number("SELECT count(*) FROM sources").await, 0);
    assert_eq!(db.store.job(user, successor.lease.job_id).await.unwrap().current_video, 1);
    assert!(matches!(db.store.renew(&successor.lease, TERM).await.unwrap(), Renewal::Held { .. }), "the dead's release was none");
    assert_eq!(untried(&db, &successor.lease).await, work[1..]);
    let end = finish(&db, &successor.lease).await;
    assert_eq!(end.message, "Completed: 4 succeeded, 0 failed");
}

/// `None` if the lease was lost.
async fn flush_with(db: &Database, lease: &server::internals::store::Lease, results: &[ItemResult]) -> Option<()> {
    match try_flush(&*db.store, lease, results, None).await.unwrap() {
        Written::Stored { .. } => Some(()),
        Written::LeaseLost => None,
    }
}

pub(super) async fn failures_keep_their_place(db: Database) {
    let (user, list) = user_with_list(&db).await;
    let mut titled = video(2, 2);
    if let server::internals::import::Entry::Video { title, .. } = &mut titled.entry {
        *title = Some("Gone since".into());
    }
    import(&db, user, list, vec![video(1, 1), titled, video(3, 3), malformed(4)]).await;
    let claim = claim(&db).await.unwrap();
    let work = untried(&db, &claim.lease).await;
    let results = [
        found(&work[0]),
        failed(&work[1], FailureCause::Unavailable),
        failed(&work[2], FailureCause::Network),
        failed(&work[3], FailureCause::InvalidId),
    ];
    let end = flush(&db, &claim.lease, &results, Some(Ending::Done)).await;
    assert_eq!((end.status, end.failed_videos), (JobStatus::CompletedWithErrors, Some(3)));
    assert_eq!(end.last_error.unwrap().video_id, None, "a malformed id is no video");
    let videos = db.store.videos(user, list, &VideoFilter::default()).await.unwrap().items;
    let statuses: Vec<_> = videos.iter().map(|video| (video.position, video.status, video.cause)).collect();
    assert_eq!(
        statuses,
        [
            (1, VideoStatus::Ok, None),
            (2, VideoStatus::Unavailable, Some(FailureCause::Unavailable)),
            (3, VideoStatus::Failed, Some(FailureCause::Network)),
        ]
    );
    assert_eq!((videos[1].title.as_deref(), videos[2].error.as_deref()), (Some("Gone since"), Some("Failed: network")));
    let job = db.store.job(user, claim.lease.job_id).await.unwrap();
    assert_eq!(
        job.causes.into_iter().collect::<Vec<_>>(),
        [(FailureCause::Unavailable, 1), (FailureCause::InvalidId, 1), (FailureCause::Network, 1)]
    );
    let only = ItemFilter { cause: Some(FailureCause::InvalidId), limit: Some(10), ..ItemFilter::default() };
    let items = db.store.items(user, claim.lease.job_id, &only).await.unwrap().items;
    assert_eq!(items.iter().map(|item| (item.line, item.outcome)).collect::<Vec<_>>(), [(4, Some(ItemOutcome::Failed))]);
    assert_eq!(items[0].reason.as_deref(), Some("Failed: invalid_id"));
    let receipt_summary = db.store.receipt_summary(user, claim.lease.job_id).await.unwrap();
    assert_eq!(receipt_summary.failures.iter().map(|failed| (failed.places.0, failed.lines.0)).collect::<Vec<_>>(), [(2, 2), (3, 3), (4, 4)]);
    let all = ItemFilter { limit: Some(10), ..ItemFilter::default() };
    assert_eq!(
        receipt_summary,
        ReceiptSummary::from_items(&db.store.items(user, claim.lease.job_id, &all).await.unwrap().items),
        "as counted from the whole receipt"
    );
    let from = ItemFilter { from_line: Some(3), ..all };
    let items = db.store.items(user, claim.lease.job_id, &from).await.unwrap().items;
    assert_eq!(items.iter().map(|item| item.line).collect::<Vec<_>>(), [3, 4]);
}

pub(super) async fn note_on_a_line_is_kept_by_its_outcome(db: Database) {
    let (user, list) = user_with_list(&db).await;
    let noted = |n| {
        let mut line = video(n, n);
        if let Entry::Video { note, .. } = &mut line.entry {
            *note = Some("Read with care.".into());
        }
        line
    };
    import(&db, user, list, vec![noted(1), noted(2), noted(3), video(4, 4), malformed(5)]).await;
    let claim = claim(&db).await.unwrap();
    let work = untried(&db, &claim.lease).await;
    let results = [found(&work[0]), failed(&work[1], FailureCause::Network), found(&work[3]), failed(&work[4], FailureCause::InvalidId)];
    flush(&db, &claim.lease, &results, None).await;
    flush(&db, &claim.lease, &[], Some(Ending::Cancelled)).await;
    let items = db.store.items(user, claim.lease.job_id, &ItemFilter { limit: Some(10), ..ItemFilter::default() }).await.unwrap().items;
    let reasons: Vec<_> = items.iter().map(|item| item.reason.as_deref()).collect();
    let care = Some("Read with care.");
    assert_eq!(reasons, [care, Some("Failed: network. Read with care."), care, None, Some("Failed: invalid_id")]);
    assert_eq!(items.iter().map(|item| item.invalid).collect::<Vec<_>>(), [false, false, false, false, true]);
    let invalid = ItemFilter { invalid: Some(true), limit: Some(10), ..ItemFilter::default() };
    assert_eq!(db.store.items(user, claim.lease.job_id, &invalid).await.unwrap().items, items[4..]);
}

pub(super) async fn job_with_items_left_is_not_done(db: Database) {
    let (user, _, claim) = claimed(&db, 3).await;
    let work = untried(&db, &claim.lease).await;
    let end = flush(&db, &claim.lease, &[found(&work[0])], Some(Ending::Done)).await;
    assert_eq!((end.status, end.progress), (JobStatus::Failed, 33));
    assert!(end.error.unwrap().contains("2 videos"));
    let items = db.store.items(user, claim.lease.job_id, &ItemFilter { limit: Some(10), ..ItemFilter::default() }).await.unwrap().items;
    assert_eq!(items.iter().map(|item| item.outcome).collect::<Vec<_>>(), [Some(ItemOutcome::Succeeded), None, None], "untried, not cancelled");
}

pub(super) async fn states_are_strictly_ordered(db: Database) {
    let (user, _, claim) = claimed(&db, 150).await;
    let results: Vec<_> = untried(&db, &claim.lease).await.iter().map(found).collect();
    for chunk in results.chunks(40) {
        flush(&db, &claim.lease, chunk, None).await;
    }
    flush(&db, &claim.lease, &[], Some(Ending::Done)).await;
    let history = events(&db, user, claim.lease.job_id).await;
    assert_eq!(history.len(), 152);
    assert!(history.windows(2).all(|pair| pair[0].seq < pair[1].seq && pair[0].created_at < pair[1].created_at));
    assert_eq!(history.iter().filter(|event| event.status.is_terminal()).count(), 1);
}

pub(super) async fn thousand_videos_make_few_events(db: Database) {
    let (user, _, claim) = claimed(&db, 1_000).await;
    let work = untried(&db, &claim.lease).await;
    // Line 55 fails in the middle of a percent, line 100 at its boundary.
    let outcome = |item| {
        if matches!(item, &server::internals::store::WorkItem { line: 55 | 100, .. }) { failed(item, FailureCause::Network) } else { found(item) }
    };
    let results: Vec<_> = work.iter().map(outcome).collect();
    for chunk in results.chunks(300) {
        flush(&db, &claim.lease, chunk, None).await;
    }
    let end = flush(&db, &claim.lease, &[], Some(Ending::Done)).await;
    assert_eq!((end.seq, end.failed_videos), (Some(1_002), Some(2)));
    let history = events(&db, user, claim.lease.job_id).await;
    assert_eq!(history.len(), 1 + 100 + 1 + 1, "pending, the percents, one failure between them, the end");
    assert_eq!(history.iter().filter(|event| event.error.is_some()).map(|event| event.current_video).collect::<Vec<_>>(), [55, 100]);
    assert!(history.windows(2).all(|pair| pair[0].progress <= pair[1].progress));
}

pub(super) async fn lease_is_renewed(db: Database) {
    let (user, list) = user_with_list(&db).await;
    super::fixtures::job(&db, user, list, 0..2).await;
    let claimed = claim_and_die(&db).await.unwrap();
    assert_eq!(db.store.renew(&claimed.lease, TERM).await.unwrap(), Renewal::Held { cancel_requested: false, others_waiting: false });
    assert!(claim(&db).await.is_none(), "held again");
    db.store.release(&claimed.lease).await.unwrap();
    assert_eq!(db.store.renew(&claimed.lease, TERM).await.unwrap(), Renewal::LeaseLost);
    let again = claim(&db).await.unwrap();
    assert_ne!(again.lease.token, claimed.lease.token);
    assert_eq!(db.number("SELECT attempts FROM processing_jobs").await, 0, "handing back is no attempt");
}

/// More failures than there are segments: counted per segment, from the first line to the last.
pub(super) async fn receipt_summary_has_at_most_480_segments(db: Database) {
    let (user, _, claim) = claimed(&db, 1_000).await;
    for chunk in untried(&db, &claim.lease).await.chunks(250) {
        let results: Vec<_> = chunk.iter().map(|item| if item.line % 3 == 0 { failed(item, FailureCause::Network) } else { found(item) }).collect();
        flush(&db, &claim.lease, &results, None).await;
    }
    let receipt_summary = db.store.receipt_summary(user, claim.lease.job_id).await.unwrap();
    assert_eq!(
        receipt_summary,
        ReceiptSummary::from_items(
            &db.store.items(user, claim.lease.job_id, &ItemFilter { limit: Some(5_000), ..ItemFilter::default() }).await.unwrap().items
        )
    );
    assert_eq!(receipt_summary.failures.iter().map(|part| part.count).sum::<u32>(), 333);
    assert!(
        receipt_summary.failures.len() as u32 <= ReceiptSummary::SEGMENTS && receipt_summary.failures.last().unwrap().lines.1 == 999,
        "{receipt_summary:?}"
    );
}

/// For any order of results, and any lines without work.
pub(super) async fn failure_says_where_in_the_file_it_is(db: Database) {
    let (user, list) = user_with_list(&db).await;
    let origin = import(&db, user, list, vec![video(1, 1), video(2, 1), malformed(3), video(4, 2), video(5, 3)]).await.job.unwrap().job_id;
    let places = |events: Vec<ProgressUpdate>| events.iter().map(|event| event.place).collect::<Vec<_>>();
    let lease = claim(&db).await.unwrap().lease;
    let work = untried(&db, &lease).await;
    let results = [
        failed(&work[3], FailureCause::Network),
        failed(&work[2], FailureCause::Network),
        found(&work[0]),
        failed(&work[1], FailureCause::InvalidId),
    ];
    flush(&db, &lease, &results, Some(Ending::Done)).await;
    assert_eq!(places(events(&db, user, origin).await), [None, Some(4), Some(3), None, Some(2), None]);

    let retry = db.store.retry(user, origin, &[]).await.unwrap();
    assert!(matches!(retry, Retry::Created(_)), "{retry:?}");
    let lease = claim(&db).await.unwrap().lease;
    let work = untried(&db, &lease).await;
    assert_eq!(work.iter().map(|item| item.line).collect::<Vec<_>>(), [4, 5], "lines of the origin");
    flush(&db, &lease, &[found(&work[0]), failed(&work[1], FailureCause::Network)], Some(Ending::Done)).await;
    assert_eq!(places(events(&db, user, lease.job_id).await), [None, None, Some(2), None], "a file of its own");
}
