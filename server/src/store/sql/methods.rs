//! The methods of the store, each where its statements are. Compiled once per dialect, as everything in this folder.

/// A job as its writer has it; the rest is the condition, which ends with a lock.
macro_rules! select_job {
    ($($rest:expr),+) => {
        concat!(
            "SELECT j.id, j.user_id, j.list_id, j.source_name, j.state, j.causes, j.cancel_requested, j.attempts, j.run_at, j.waiting_since,",
            " j.lease_until, j.lease_token, j.ended_at FROM processing_jobs j ",
            $($rest),+
        )
    };
}

/// Not ended, and nobody holds a lease on it that still runs.
macro_rules! unclaimed {
    () => {
        concat!("j.ended_at IS NULL AND (j.lease_until IS NULL OR j.lease_until <= ", now!(), ")")
    };
}

mod claims;
mod deletion;
mod flush;
mod history;
mod imports;
mod instance;
mod items;
mod jobs;
mod leases;
mod lists;
mod locked;
mod new_jobs;
mod retention;
mod retries;
mod sessions;
mod steering;
mod tickets;
mod users;
mod videos;
mod waits;

use std::time::Duration;

use app::{
    progress::Outline,
    wire::{Account, FailureCause, Job, JobItem, List, Page, ProgressUpdate, Session, Timestamp, Video, VideoFilter},
};
use async_trait::async_trait;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::dialect::{Database, Db, Gate, Tx, ids, lock_playlists};
use crate::{
    import::{ImportError, ImportLine, Playlist},
    job::{Ending, ItemResult},
    store::{
        Changes, Claim, ClaimRules, Digest, ItemQuery, JobQuery, Lease, NewImport, NewSession, Renewal, Result, Retry, SessionUser, Store,
        StoredImport, WorkItem, Written,
    },
};

#[async_trait]
impl Store for Database {
    async fn ping(&self) -> Result<()> {
        instance::ping(self).await
    }
    async fn close(&self) {
        Database::close(self).await;
    }
    async fn instance_secret(&self, candidate: &[u8]) -> Result<Vec<u8>> {
        instance::secret(self, candidate).await
    }
    async fn count_attempt(&self, key: &str, window: Duration) -> Result<u32> {
        instance::count_attempt(self, key, window).await
    }
    async fn sweep(&self) -> Result<()> {
        instance::sweep(self).await
    }

    async fn create_user(&self, email: &str, password_hash: &str, only_if_first: bool) -> Result<Account> {
        users::create(self, email, password_hash, only_if_first).await
    }
    async fn credentials(&self, email: &str) -> Result<Option<(Account, String)>> {
        users::credentials(self, email).await
    }
    async fn set_password(&self, user_id: Uuid, password_hash: &str, keep: Option<Uuid>) -> Result<Vec<Uuid>> {
        users::set_password(self, user_id, password_hash, keep).await
    }
    async fn delete_user(&self, user_id: Uuid) -> Result<Vec<Uuid>> {
        deletion::user(self, user_id).await
    }

    async fn open_session(&self, session: NewSession) -> Result<Uuid> {
        sessions::open(self, session).await
    }
    async fn session_by_cookie(&self, cookie_hash: &Digest) -> Result<Option<SessionUser>> {
        sessions::by_cookie(self, cookie_hash).await
    }
    async fn session_by_refresh(&self, refresh_hash: &Digest) -> Result<Option<SessionUser>> {
        sessions::by_refresh(self, refresh_hash).await
    }
    async fn session(&self, session_id: Uuid) -> Result<Option<SessionUser>> {
        sessions::by_id(self, session_id).await
    }
    async fn live_sessions(&self, session_ids: &[Uuid]) -> Result<Vec<Uuid>> {
        sessions::live(self, session_ids).await
    }
    async fn sessions(&self, user_id: Uuid) -> Result<Vec<Session>> {
        sessions::of_user(self, user_id).await
    }
    async fn end_session(&self, user_id: Uuid, session_id: Uuid) -> Result<()> {
        sessions::end(self, user_id, session_id).await
    }
    async fn issue_ticket(&self, ticket_hash: &Digest, session_id: Uuid, ttl: Duration) -> Result<()> {
        tickets::issue(self, ticket_hash, session_id, ttl).await
    }
    async fn spend_ticket(&self, ticket_hash: &Digest) -> Result<Option<SessionUser>> {
        tickets::spend(self, ticket_hash).await
    }

    async fn lists(&self, user_id: Uuid) -> Result<Vec<List>> {
        lists::of_user(self, user_id).await
    }
    async fn create_list(&self, user_id: Uuid, name: &str) -> Result<List> {
        lists::create(self, user_id, name).await
    }
    async fn lists_of_playlists(&self, user_id: Uuid, playlists: &[Playlist]) -> Result<Vec<Option<(Uuid, String)>>> {
        imports::lists_of_playlists(self, user_id, playlists).await
    }
    async fn list(&self, user_id: Uuid, list_id: Uuid) -> Result<List> {
        lists::one(self, user_id, list_id).await
    }
    async fn rename_list(&self, user_id: Uuid, list_id: Uuid, name: &str) -> Result<List> {
        lists::rename(self, user_id, list_id, name).await
    }
    async fn delete_list(&self, user_id: Uuid, list_id: Uuid) -> Result<Vec<Uuid>> {
        deletion::list(self, user_id, list_id).await
    }
    async fn videos(&self, user_id: Uuid, list_id: Uuid, filter: &VideoFilter) -> Result<Page<Video>> {
        videos::page(self, user_id, list_id, filter).await
    }
    async fn video_by_youtube_id(&self, user_id: Uuid, list_id: Uuid, youtube_id: &str) -> Result<Option<Video>> {
        videos::by_youtube_id(self, user_id, list_id, youtube_id).await
    }
    async fn known_videos(&self, user_id: Uuid, list_id: Uuid, youtube_ids: &[String]) -> Result<Vec<String>> {
        videos::known(self, user_id, list_id, youtube_ids).await
    }
    async fn delete_videos(&self, user_id: Uuid, list_id: Uuid, video_ids: &[Uuid]) -> Result<()> {
        deletion::videos(self, user_id, list_id, video_ids).await
    }

    async fn store_import(&self, import: NewImport, lines: mpsc::Receiver<Result<ImportLine, ImportError>>) -> Result<Vec<StoredImport>> {
        imports::store(self, import, lines).await
    }
    async fn jobs(&self, user_id: Uuid, query: &JobQuery) -> Result<Page<Job>> {
        jobs::page(self, user_id, query).await
    }
    async fn job(&self, user_id: Uuid, job_id: Uuid) -> Result<Job> {
        jobs::one(self, user_id, job_id).await
    }
    async fn snapshot(&self, user_id: Uuid) -> Result<Vec<ProgressUpdate>> {
        jobs::snapshot(self, user_id).await
    }
    async fn history(
        &self,
        user_id: Uuid,
        job_id: Uuid,
        since: Option<Timestamp>,
        after_seq: Option<u64>,
        limit: u32,
    ) -> Result<Vec<ProgressUpdate>> {
        history::read(self, user_id, job_id, since, after_seq, limit).await
    }
    async fn items(&self, user_id: Uuid, job_id: Uuid, query: &ItemQuery) -> Result<Page<JobItem>> {
        items::page(self, user_id, job_id, query).await
    }
    async fn outline(&self, user_id: Uuid, job_id: Uuid) -> Result<Outline> {
        items::outline(self, user_id, job_id).await
    }
    async fn cancel(&self, user_id: Uuid, job_id: Uuid) -> Result<Option<ProgressUpdate>> {
        steering::cancel(self, user_id, job_id).await
    }
    async fn retry(&self, user_id: Uuid, job_id: Uuid, causes: &[FailureCause]) -> Result<Retry> {
        retries::retry(self, user_id, job_id, causes).await
    }
    async fn dismiss(&self, user_id: Uuid, job_id: Uuid) -> Result<()> {
        steering::dismiss(self, user_id, job_id).await
    }
    async fn changes(&self, user_ids: &[Uuid], since: Timestamp) -> Result<Changes> {
        jobs::changes(self, user_ids, since).await
    }

    async fn claim(&self, rules: &ClaimRules) -> Result<Option<Claim>> {
        claims::claim(self, rules).await
    }
    async fn take_poisoned(&self, max_attempts: u32) -> Result<Vec<(Uuid, ProgressUpdate)>> {
        claims::take_poisoned(self, max_attempts).await
    }
    async fn untried_items(&self, lease: &Lease, after_line: u32, limit: u32) -> Result<Vec<WorkItem>> {
        items::untried(self, lease, after_line, limit).await
    }
    async fn flush(&self, lease: &Lease, results: &[ItemResult], eta_seconds: Option<u32>, end: Option<Ending>, term: Duration) -> Result<Written> {
        flush::flush(self, lease, results, eta_seconds, end, term).await
    }
    async fn renew(&self, lease: &Lease, term: Duration) -> Result<Renewal> {
        leases::renew(self, lease, term).await
    }
    async fn release(&self, lease: &Lease) -> Result<()> {
        leases::release(self, lease).await
    }
    async fn wait_for_source(&self, lease: &Lease, source: &str, pause: Duration) -> Result<Written> {
        waits::begin(self, lease, source, pause).await
    }
    async fn hold_back(&self, source: &str, longest: Duration) -> Result<Vec<(Uuid, ProgressUpdate)>> {
        waits::hold_back(self, source, longest).await
    }
    async fn forget_block(&self, source: &str) -> Result<()> {
        waits::forget(self, source).await
    }
    async fn void_leases(&self) -> Result<()> {
        leases::void_all(self).await
    }
    async fn thin_history(&self, ended_for: Duration) -> Result<u32> {
        retention::thin(self, ended_for).await
    }
}
