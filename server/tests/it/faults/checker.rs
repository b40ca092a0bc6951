//! What must hold whatever was broken: pure, over everything every client received and what the database holds at the end.

mod clients;
mod jobs;
#[cfg(test)]
mod tests;

use app::wire::{Job, JobFilter, JobItem, ProgressUpdate};
use server::store::{ItemQuery, JobQuery, Store};
use uuid::Uuid;

use super::recorder::{Connection, Recorder};

/// Rows read at once.
const PAGE: u32 = 500;

/// What one client received.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    /// Whose it is.
    pub(crate) user: Uuid,
    /// Its connections, in order.
    pub(crate) connections: Vec<Connection>,
}

/// What the database holds of a job.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Truth {
    /// Whose it is.
    pub(crate) user: Uuid,
    /// The job.
    pub(crate) job: Job,
    /// Every line.
    pub(crate) items: Vec<JobItem>,
    /// Every event.
    pub(crate) history: Vec<ProgressUpdate>,
    /// Its card was put away.
    pub(crate) dismissed: bool,
}

/// All of it.
#[derive(Clone, Debug)]
pub(crate) struct Evidence {
    pub(crate) clients: Vec<Client>,
    pub(crate) jobs: Vec<Truth>,
}

impl Evidence {
    /// The jobs of a user whose cards were not put away.
    pub(crate) fn shown_to(&self, user: Uuid) -> impl Iterator<Item = Uuid> {
        self.jobs.iter().filter(move |truth| truth.user == user && !truth.dismissed).map(|truth| truth.job.id)
    }

    /// Says all that is wrong, if anything is.
    pub(crate) fn assert_sound(&self) {
        let violations = violations(self);
        assert!(violations.is_empty(), "{} violations:\n{}", violations.len(), violations.join("\n"));
    }

    /// Updates that reached a client.
    pub(crate) fn updates(&self) -> usize {
        self.clients.iter().flat_map(|client| &client.connections).map(|connection| connection.updates().count()).sum()
    }
}

/// Reads it together.
pub(super) async fn gather(store: &dyn Store, recorders: &[&Recorder], dismissed: &[Uuid]) -> Evidence {
    let mut users: Vec<Uuid> = recorders.iter().map(|recorder| recorder.user()).collect();
    users.sort_unstable();
    users.dedup();
    let mut jobs = Vec::new();
    for user in users {
        let mut query = JobQuery { filter: JobFilter::All, limit: PAGE, ..JobQuery::default() };
        loop {
            let page = store.jobs(user, &query).await.unwrap();
            for job in page.items {
                let (items, history) = (items(store, user, job.id).await, history(store, user, job.id).await);
                jobs.push(Truth { user, dismissed: dismissed.contains(&job.id), job, items, history });
            }
            query.cursor = page.next_cursor;
            if query.cursor.is_none() {
                break;
            }
        }
    }
    let clients = recorders.iter().map(|recorder| Client { user: recorder.user(), connections: recorder.connections() }).collect();
    Evidence { clients, jobs }
}

async fn items(store: &dyn Store, user: Uuid, job: Uuid) -> Vec<JobItem> {
    let (mut items, mut query) = (Vec::new(), ItemQuery { limit: PAGE, ..ItemQuery::default() });
    loop {
        let page = store.items(user, job, &query).await.unwrap();
        items.extend(page.items);
        query.cursor = page.next_cursor;
        if query.cursor.is_none() {
            return items;
        }
    }
}

async fn history(store: &dyn Store, user: Uuid, job: Uuid) -> Vec<ProgressUpdate> {
    let mut events: Vec<ProgressUpdate> = Vec::new();
    loop {
        let after = events.last().and_then(|event| event.seq);
        let page = store.history(user, job, None, after, PAGE).await.unwrap();
        if page.is_empty() {
            return events;
        }
        events.extend(page);
    }
}

/// Every sentence is something that must never be.
pub(crate) fn violations(evidence: &Evidence) -> Vec<String> {
    let mut violations = Vec::new();
    for truth in &evidence.jobs {
        jobs::check(truth, &mut |what| violations.push(format!("job {} of {}: {what}", truth.job.id, truth.user)));
    }
    for client in &evidence.clients {
        clients::check(client, &evidence.jobs, &mut |what| violations.push(format!("client of {}: {what}", client.user)));
    }
    violations
}
