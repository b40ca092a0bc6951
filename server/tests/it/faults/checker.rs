//! Checks what must hold after any fault, over everything that clients received and the database holds at the end. Pure.

mod clients;
mod jobs;
#[cfg(test)]
mod tests;

use app::wire::{ItemFilter, Job, JobFilter, JobItem, ProgressUpdate};
use server::internals::store::{JobQuery, Store};
use uuid::Uuid;

use super::recorder::{Connection, Recorder};

const PAGE_SIZE: u32 = 500;

#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) user: Uuid,
    /// In the order in which they were opened.
    pub(crate) connections: Vec<Connection>,
}

/// A job as the database has it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct StoredJob {
    pub(crate) user: Uuid,
    pub(crate) job: Job,
    pub(crate) items: Vec<JobItem>,
    pub(crate) history: Vec<ProgressUpdate>,
    pub(crate) dismissed: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Observations {
    pub(crate) clients: Vec<Client>,
    pub(crate) jobs: Vec<StoredJob>,
}

impl Observations {
    /// The jobs of a user that were not dismissed.
    pub(crate) fn shown_to(&self, user: Uuid) -> impl Iterator<Item = Uuid> {
        self.jobs.iter().filter(move |stored| stored.user == user && !stored.dismissed).map(|stored| stored.job.id)
    }

    /// # Panics
    /// With all violations, if there are any.
    pub(crate) fn assert_sound(&self) {
        let violations = violations(self);
        assert!(violations.is_empty(), "{} violations:\n{}", violations.len(), violations.join("\n"));
    }

    /// Number of updates that clients received.
    pub(crate) fn updates(&self) -> usize {
        self.clients.iter().flat_map(|client| &client.connections).map(|connection| connection.updates().count()).sum()
    }
}

pub(super) async fn collect(store: &dyn Store, recorders: &[&Recorder], dismissed: &[Uuid]) -> Observations {
    let mut users: Vec<Uuid> = recorders.iter().map(|recorder| recorder.user()).collect();
    users.sort_unstable();
    users.dedup();
    let mut jobs = Vec::new();
    for user in users {
        let mut query = JobQuery { filter: JobFilter::All, limit: Some(PAGE_SIZE), ..JobQuery::default() };
        loop {
            let page = store.jobs(user, &query).await.unwrap();
            for job in page.items {
                let (items, history) = (items(store, user, job.id).await, history(store, user, job.id).await);
                jobs.push(StoredJob { user, dismissed: dismissed.contains(&job.id), job, items, history });
            }
            query.cursor = page.next_cursor;
            if query.cursor.is_none() {
                break;
            }
        }
    }
    let clients = recorders.iter().map(|recorder| Client { user: recorder.user(), connections: recorder.connections() }).collect();
    Observations { clients, jobs }
}

async fn items(store: &dyn Store, user: Uuid, job: Uuid) -> Vec<JobItem> {
    let (mut items, mut query) = (Vec::new(), ItemFilter { limit: Some(PAGE_SIZE), ..ItemFilter::default() });
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
        let page = store.history(user, job, None, after, PAGE_SIZE).await.unwrap();
        if page.is_empty() {
            return events;
        }
        events.extend(page);
    }
}

/// One sentence for everything that must never happen.
pub(crate) fn violations(observations: &Observations) -> Vec<String> {
    let mut violations = Vec::new();
    for stored in &observations.jobs {
        jobs::check(stored, &mut |what| violations.push(format!("job {} of {}: {what}", stored.job.id, stored.user)));
    }
    for client in &observations.clients {
        clients::check(client, &observations.jobs, &mut |what| violations.push(format!("client of {}: {what}", client.user)));
    }
    violations
}
