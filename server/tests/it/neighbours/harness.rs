//! A server with two users.

use app::wire::{Job, List, Page};
use futures::future::join_all;
use reqwest::{Method, RequestBuilder};
use serde_json::json;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    faults::{
        cluster::{COUNT_LOCK_WAITERS, Cluster},
        file,
        node::Node,
    },
    support::{database::Database, person::Person, wait_until},
};

/// Rows of what is large.
const ROWS: u32 = 20_000;
/// Requests that one user sends at once.
pub(super) const AT_ONCE: usize = 16;

pub(super) struct Street {
    pub(super) cluster: Cluster,
    _serve: Node,
    /// Does the worst.
    pub(super) ann: Person,
    /// Must not notice.
    pub(super) ben: Person,
}

impl Street {
    pub(super) async fn postgres() -> Self {
        Self::on(Cluster::shared().await).await
    }

    pub(super) async fn sqlite() -> Self {
        Self::on(Cluster::embedded().await).await
    }

    async fn on(cluster: Cluster) -> Self {
        let serve = cluster.node("serve", &[]).await;
        let base = serve.direct();
        let (ann, ben) = tokio::join!(Person::sign_up(&base), Person::sign_up(&base));
        Self { cluster, _serve: serve, ann, ben }
    }

    pub(super) fn database(&self) -> &Database {
        &self.cluster.database
    }

    pub(super) fn is_postgres(&self) -> bool {
        self.database().settings.database_url.is_some()
    }

    /// A list of Ann with one video and its job, which has ended.
    pub(super) async fn list(&self) -> (Uuid, Uuid) {
        let list = self.ann.new_list("Large").await.id;
        let job = self.ann.upload(list, &file(1)).await.job_id.unwrap();
        self.ann.wait_for_end(job).await;
        (list, job)
    }

    /// Ann's list with many videos.
    pub(super) async fn large_list(&self) -> Uuid {
        let (list, _) = self.list().await;
        let (id, youtube_id, now) = match self.is_postgres() {
            true => ("gen_random_uuid()", "lpad(i::text, 11, '0')", "now()"),
            false => ("randomblob(16)", "printf('%011d', i)", "0"),
        };
        let videos =
            format!("SELECT {id}, {}, {youtube_id}, 'Title ' || i, {now}, i, 'ok', 'title ' || i, 'title ' || i FROM n", self.database().id(list));
        let columns = "videos (id, list_id, youtube_id, title, added_at, position, status, title_key, search_text)";
        self.insert(columns, &videos).await;
        list
    }

    /// Ann's job with many lines in its receipt.
    pub(super) async fn long_receipt(&self) -> Uuid {
        let (_, job) = self.list().await;
        let lines = format!("SELECT {}, i + 10, 'Line ' || i, 'rejected', 'Not a YouTube video' FROM n", self.database().id(job));
        self.insert("job_items (job_id, line, input, verdict, reason)", &lines).await;
        job
    }

    async fn insert(&self, columns: &str, rows: &str) {
        let numbers = format!("WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i <= {ROWS})");
        let inserted = self.database().execute(&format!("INSERT INTO {columns} {numbers} {rows}")).await;
        assert_eq!(inserted, u64::from(ROWS));
    }

    /// What does not change anything.
    pub(super) async fn ben_reads(&self) {
        assert_eq!(self.ben.status(Method::GET, "/readyz").await, 200);
        for page in ["/lists", "/jobs", "/account"] {
            assert_eq!(self.ben.page(page).await.status(), 200, "{page}");
        }
        self.ben.get::<Page<List>>("/api/lists").await;
        self.ben.get::<Page<Job>>("/api/jobs?state=all").await;
    }

    /// A day without hurry or retries: every request succeeds.
    pub(super) async fn ben_lives(&self) {
        self.ben_reads().await;
        let list = self.ben.new_list("Mine").await.id;
        let renamed = self.ben.request(Method::PATCH, &format!("/api/lists/{list}")).json(&json!({ "name": "Still mine" })).send().await.unwrap();
        assert_eq!(renamed.status(), 200);
        let job = self.ben.upload(list, &file(3)).await.job_id.unwrap();
        // Claimed and worked on.
        self.ben.wait_for_end(job).await;
        assert_eq!(self.ben.page(&format!("/jobs/{job}")).await.status(), 200);
        assert!(self.ben.ticket().await.is_ok());
        self.ben_reads().await;
    }

    /// Ann sends requests, many at once and again and again, until Ben's day is over. They get one of these statuses, and no other.
    pub(super) async fn ben_lives_during(&self, allowed: &[u16], request: impl Fn(&Person) -> RequestBuilder) {
        let over = CancellationToken::new();
        let (statuses, ()) = tokio::join!(self.flood(&over, request), async {
            self.ben_lives().await;
            over.cancel();
        });
        assert!(statuses.iter().all(|status| allowed.contains(status)), "{statuses:?}");
        assert!(statuses.contains(&allowed[0]), "some succeed: {statuses:?}");
    }

    async fn flood(&self, over: &CancellationToken, request: impl Fn(&Person) -> RequestBuilder) -> Vec<u16> {
        let clients = (0..AT_ONCE).map(async |_| {
            let mut statuses = Vec::new();
            while !over.is_cancelled() {
                let answer = request(&self.ann).send().await.unwrap();
                statuses.push(answer.status().as_u16());
                let _ = answer.bytes().await;
            }
            statuses
        });
        join_all(clients).await.concat()
    }

    /// Waits until one of PostgreSQL's sessions waits for a lock of another.
    pub(super) async fn wait_for_lock_waiters(&self) {
        wait_until("somebody waits for the lock", async || self.cluster.number(COUNT_LOCK_WAITERS).await > 0).await;
    }
}
