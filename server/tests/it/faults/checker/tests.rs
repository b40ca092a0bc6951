//! The checker detects what it is for.

use std::collections::BTreeMap;

use app::wire::{Control, FailureCause, Frame, ItemOutcome, Job, JobItem, ProgressUpdate, Timestamp, Verdict};
use server::internals::job::{self, Ending, Failure, ItemResult, Metadata};
use uuid::Uuid;

use super::{Client, Connection, Observations, StoredJob, violations};

const USER: Uuid = Uuid::from_u128(1);

type Mutation<'a> = &'a dyn Fn(&mut Observations);

/// A job of four videos, one of which fails, and a client that saw each state on two connections.
fn sound() -> Observations {
    let clock = Timestamp::from_micros(0);
    let mut states = vec![job::pending(Uuid::from_u128(2), Uuid::from_u128(3), 4, clock)];
    for line in 1..=4 {
        let failure = Failure { cause: FailureCause::Unavailable, text: "Video is private".into() };
        let found = Metadata { title: Some("A title".into()), channel: None, duration_seconds: None, reason: None };
        let result = ItemResult { line, place: 1, video_id: None, outcome: if line == 2 { Err(failure) } else { Ok(found) } };
        states.push(job::advance(&states[states.len() - 1], &result, None, clock));
    }
    states.push(job::ended(&states[4], &Ending::Done, clock));
    let item = |line| JobItem {
        line,
        input: String::new(),
        verdict: Verdict::Accepted,
        outcome: Some(if line == 2 { ItemOutcome::Failed } else { ItemOutcome::Succeeded }),
        cause: (line == 2).then_some(FailureCause::Unavailable),
        invalid: false,
        reason: None,
        video_id: None,
    };
    let state = states[5].clone();
    let job = Job {
        id: state.job_id,
        list_id: Uuid::from_u128(3),
        source_name: String::new(),
        status: state.status,
        progress: 100,
        current_video: 4,
        total_videos: 4,
        failed_videos: 1,
        causes: BTreeMap::from([(FailureCause::Unavailable, 1)]),
        retry_of: None,
        created_at: clock,
        started_at: None,
        ended_at: Some(clock),
        state,
    };
    let connection = |states: &[ProgressUpdate]| {
        let frames = states.iter().map(|state| Frame::Update(Box::new(state.clone()))).collect();
        Connection { frames, ..Connection::default() }
    };
    let connections = vec![connection(&states[..3]), connection(&states[2..])];
    let stored = StoredJob { user: USER, job, items: (1..=4).map(item).collect(), history: states, dismissed: false };
    Observations { clients: vec![Client { user: USER, connections }], jobs: vec![stored] }
}

#[test]
fn checker_accepts_a_sound_job() {
    assert_eq!(violations(&sound()), [""; 0]);
}

#[test]
fn checker_reports_every_kind_of_damage() {
    let repeated = |frames: &mut Vec<Frame>| frames.push(frames[0].clone());
    let damages: [(&str, Mutation); 12] = [
        ("a frame twice", &|observations| repeated(&mut observations.clients[0].connections[0].frames)),
        ("a frame after the end", &|observations| repeated(&mut observations.clients[0].connections[1].frames)),
        ("the end never told", &|observations| drop(observations.clients[0].connections[1].frames.pop())),
        ("nothing told", &|observations| observations.clients[0].connections.clear()),
        ("another user's job", &|observations| observations.clients[0].user = Uuid::from_u128(9)),
        ("a frame after the card's end", &|observations| {
            observations.clients[0].connections[0].frames.insert(0, Frame::Control(Control::Removed { job_id: Uuid::from_u128(2) }));
        }),
        ("an event is missing", &|observations| drop(observations.jobs[0].history.remove(3))),
        ("two ends", &|observations| {
            let end = observations.jobs[0].job.state.clone();
            observations.jobs[0].history.push(end);
        }),
        ("an item without outcome", &|observations| observations.jobs[0].items[0].outcome = None),
        ("an item lost", &|observations| drop(observations.jobs[0].items.pop())),
        ("a video counted twice", &|observations| observations.jobs[0].job.current_video = 5),
        ("a state that was never stored", &|observations| {
            let Frame::Update(update) = &mut observations.clients[0].connections[0].frames[1] else { return };
            update.message = "invented".into();
        }),
    ];
    for (what, damage) in damages {
        let mut observations = sound();
        damage(&mut observations);
        assert!(!violations(&observations).is_empty(), "not seen: {what}");
    }
}
