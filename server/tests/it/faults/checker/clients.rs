//! What must hold of everything a client received.

use std::collections::{BTreeMap, HashMap, HashSet};

use app::wire::{Control, Frame, ProgressUpdate};
use uuid::Uuid;

use super::{
    Client, Truth,
    jobs::{order, told},
};
use crate::faults::recorder::Connection;

pub(super) fn check(client: &Client, truths: &[Truth], complain: &mut dyn FnMut(String)) {
    let own: HashMap<Uuid, &Truth> = truths.iter().filter(|truth| truth.user == client.user).map(|truth| (truth.job.id, truth)).collect();
    let mut gone = HashSet::new();
    let mut newest: HashMap<Uuid, &ProgressUpdate> = HashMap::new();
    for (number, connection) in client.connections.iter().enumerate() {
        let mut complain = |what: String| complain(format!("connection {number}: {what}"));
        for text in &connection.unreadable {
            complain(format!("not a frame: {text}"));
        }
        gone.extend(closed_cards(connection, &mut complain));
        let mut by_job: BTreeMap<Uuid, Vec<&ProgressUpdate>> = BTreeMap::new();
        for update in connection.updates() {
            by_job.entry(update.job_id).or_default().push(update);
        }
        for (job, updates) in by_job {
            order(updates.iter().copied(), &mut complain);
            match own.get(&job) {
                Some(truth) => updates.iter().for_each(|update| as_stored(update, truth, &mut complain)),
                None if gone.contains(&job) => {}
                None => complain(format!("an update of job {job}, which is not this user's")),
            }
            let last = updates[updates.len() - 1];
            let known = newest.entry(job).or_insert(last);
            if last.seq >= known.seq {
                *known = last;
            }
        }
    }
    for truth in own.values() {
        let known = newest.get(&truth.job.id);
        if known != Some(&&truth.job.state) && !truth.dismissed {
            complain(format!("the card of job {} is {:?}, and the job {}", truth.job.id, known.map(|known| told(known)), told(&truth.job.state)));
        }
    }
}

/// Nothing of a job follows the word that its card is put away or gone. Answers those jobs.
fn closed_cards(connection: &Connection, complain: &mut dyn FnMut(String)) -> HashSet<Uuid> {
    let mut closed = HashSet::new();
    for frame in &connection.frames {
        match frame {
            Frame::Control(Control::Dismissed { job_id } | Control::Removed { job_id }) => {
                closed.insert(*job_id);
            }
            Frame::Update(update) if closed.contains(&update.job_id) => complain(format!("{} follows the card's end", told(update))),
            Frame::Update(_) | Frame::Control(Control::Heartbeat { .. }) => {}
        }
    }
    closed
}

/// A state that is also an event is the same in both, and none is above the job's newest.
fn as_stored(update: &ProgressUpdate, truth: &Truth, complain: &mut dyn FnMut(String)) {
    if let Some(event) = truth.history.iter().find(|event| event.seq == update.seq)
        && event != update
    {
        complain(format!("{} was sent, and {} is stored", told(update), told(event)));
    }
    if update.seq > truth.job.state.seq {
        complain(format!("{} is above the job's newest, {}", told(update), told(&truth.job.state)));
    }
}
