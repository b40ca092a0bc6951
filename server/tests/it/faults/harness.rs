//! A system whose worker process will be killed or frozen: the `worker` beside a `web`, or a single `serve`.

use app::wire::Job;
use uuid::Uuid;

use super::{cluster::Cluster, file, node::Node, postgres_server::PostgresServer, recorder::Recorder};
use crate::{
    bus::shared_redis,
    support::{database::Database, person::Person},
};

/// Slow enough that a job takes several flushes.
const SPEED: &str = "5";
const VIDEOS: usize = 40;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// One `serve` on SQLite.
    Embedded,
    /// A `web` and a `worker` on PostgreSQL and Redis.
    Cluster,
}

/// A user with a job, and a recorder of its updates.
pub(super) struct Harness {
    pub(super) layout: Layout,
    pub(super) recorder: Recorder,
    pub(super) person: Person,
    /// Will be killed or frozen.
    pub(super) worker: Node,
    /// `None` if the worker is a `serve`.
    pub(super) web: Option<Node>,
    /// The worker that continues in place of the first.
    pub(super) successor: Option<Node>,
    pub(super) cluster: Cluster,
}

impl Harness {
    /// With these settings for the worker process.
    pub(super) async fn new(layout: Layout, settings: &[(&str, &str)]) -> Self {
        let settings = [&[("DEMO_SPEED", SPEED)], settings].concat();
        if layout == Layout::Cluster {
            return Self::with_cluster(Cluster::shared().await, &settings).await;
        }
        let cluster = Cluster::embedded().await;
        let serve = cluster.node("serve", &settings).await;
        Self::with_recorder(layout, cluster, None, serve).await
    }

    async fn with_cluster(cluster: Cluster, settings: &[(&str, &str)]) -> Self {
        let (web, worker) = (cluster.node("web", &[]).await, cluster.node("worker", settings).await);
        Self::with_recorder(Layout::Cluster, cluster, Some(web), worker).await
    }

    async fn with_recorder(layout: Layout, cluster: Cluster, web: Option<Node>, worker: Node) -> Self {
        let person = Person::sign_up(&web.as_ref().unwrap_or(&worker).base()).await.patient();
        let recorder = Recorder::start(&person).await;
        Self { layout, recorder, person, worker, web, successor: None, cluster }
    }

    /// On a PostgreSQL that the test may stop.
    pub(super) async fn on(server: &PostgresServer) -> Self {
        let cluster = Cluster::on(Database::postgres_on(server.url()).await, Some(shared_redis()));
        Self::with_cluster(cluster, &[("DEMO_SPEED", SPEED)]).await
    }

    pub(super) async fn import(&self) -> Uuid {
        self.person.import("Cooking", &file(VIDEOS)).await
    }

    /// SIGKILL; then another worker is started, or the `serve` restarted.
    pub(super) async fn kill_and_replace(&mut self) {
        self.worker.process.kill();
        self.replace().await;
    }

    /// Starts another worker, or restarts the `serve`.
    pub(super) async fn replace(&mut self) {
        match self.layout {
            Layout::Embedded => self.worker.restart(&["STOP_AT"]).await,
            Layout::Cluster => self.successor = Some(self.cluster.node("worker", &[("DEMO_SPEED", SPEED)]).await),
        }
    }

    /// Waits for the end of the job, and checks that nothing was lost or repeated.
    pub(super) async fn wait_for_sound_end(&self, job: Uuid) -> Job {
        let ended = self.person.wait_for_end(job).await;
        self.cluster.check(&[&self.recorder]).await;
        assert_eq!((ended.current_video, ended.total_videos), (VIDEOS as u32, VIDEOS as u32), "{}", ended.state.message);
        ended
    }
}
