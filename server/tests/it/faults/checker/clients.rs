//! Checks everything that a client received.

use std::collections::{BTreeMap, HashMap, HashSet};

use app::{
    progress::queued_state,
    wire::{Control, Frame, ProgressUpdate, SourceBlock},
};
use uuid::Uuid;

use super::{
    Client, StoredJob,
    jobs::{describe, order},
};
use crate::faults::recorder::Connection;

pub(super) fn check(client: &Client, stored_jobs: &[StoredJob], report: &mut dyn FnMut(String)) {
    let own: HashMap<Uuid, &StoredJob> =
        stored_jobs.iter().filter(|stored| stored.user == client.user).map(|stored| (stored.job.id, stored)).collect();
    let mut removed = HashSet::new();
    let mut newest: HashMap<Uuid, &ProgressUpdate> = HashMap::new();
    for (number, connection) in client.connections.iter().enumerate() {
        let mut report = |what: String| report(format!("connection {number}: {what}"));
        for text in &connection.invalid {
            report(format!("not a frame: {text}"));
        }
        removed.extend(closed_cards(connection, &mut report));
        let mut by_job: BTreeMap<Uuid, Vec<&ProgressUpdate>> = BTreeMap::new();
        for update in connection.updates() {
            by_job.entry(update.job_id).or_default().push(update);
        }
        for (job, updates) in by_job {
            order(updates.iter().copied(), &mut report);
            match own.get(&job) {
                Some(stored) => updates.iter().for_each(|update| as_stored(update, stored, &mut report)),
                None if removed.contains(&job) => {}
                None => report(format!("an update of job {job}, which is not this user's")),
            }
            let last = updates[updates.len() - 1];
            let known = newest.entry(job).or_insert(last);
            if last.seq >= known.seq {
                *known = last;
            }
        }
    }
    for stored in own.values() {
        let known = newest.get(&stored.job.id);
        if known != Some(&&stored.job.state) && !stored.dismissed {
            report(format!(
                "the card of job {} is {:?}, and the job {}",
                stored.job.id,
                known.map(|known| describe(known)),
                describe(&stored.job.state)
            ));
        }
    }
}

/// Nothing about a job may follow the frame that its card was dismissed or the job deleted. Returns those jobs.
fn closed_cards(connection: &Connection, report: &mut dyn FnMut(String)) -> HashSet<Uuid> {
    let mut closed = HashSet::new();
    for frame in &connection.frames {
        match frame {
            Frame::Control(Control::Dismissed { job_id } | Control::Removed { job_id }) => {
                closed.insert(*job_id);
            }
            Frame::Update(update) if closed.contains(&update.job_id) => report(format!("{} follows the card's end", describe(update))),
            Frame::Update(_) | Frame::Control(Control::Heartbeat { .. } | Control::Source { .. }) => {}
        }
    }
    closed
}

fn block_of(update: &ProgressUpdate) -> Option<SourceBlock> {
    Some(SourceBlock { blocked_until: update.retry_at?, reason: update.waiting_reason? })
}

/// A state that is also an event is the same in both, but for what a job without a worker waits for; none is above the job's newest.
fn as_stored(update: &ProgressUpdate, stored: &StoredJob, report: &mut dyn FnMut(String)) {
    if let Some(event) = stored.history.iter().find(|event| event.seq == update.seq)
        && event != update
        && ![None, block_of(update)].into_iter().any(|block| queued_state(event.clone(), block) == *update)
    {
        report(format!("{} was sent, and {} is stored", describe(update), describe(event)));
    }
    if update.seq > stored.job.state.seq {
        report(format!("{} is above the job's newest, {}", describe(update), describe(&stored.job.state)));
    }
}
