//! A system of which one process is to die: a `worker` beside a `web`, or the one `serve`.

use app::wire::Job;
use uuid::Uuid;

use super::{cluster::Cluster, file, node::Node, postgres_server::PostgresServer, recorder::Recorder};
use crate::{
    bus::shared_redis,
    support::{database::Database, person::Person},
};

/// Slow enough that a job takes several flushes.
const SPEED: &str = "5";
/// Videos of the job.
const VIDEOS: usize = 40;

/// How the system is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// One `serve` on SQLite.
    Embedded,
    /// A `web` and a `worker` on PostgreSQL and Redis.
    Cluster,
}

/// Somebody whose videos are looked up, and who watches.
pub(super) struct Scene {
    pub(super) layout: Layout,
    pub(super) recorder: Recorder,
    pub(super) person: Person,
    /// The process that works, and will be killed.
    pub(super) worker: Node,
    /// The one that stays, if it is another.
    pub(super) web: Option<Node>,
    /// Whoever goes on, where that is another.
    pub(super) heir: Option<Node>,
    pub(super) cluster: Cluster,
}

impl Scene {
    /// A system whose working process has these settings.
    pub(super) async fn new(layout: Layout, settings: &[(&str, &str)]) -> Self {
        let settings = [&[("DEMO_SPEED", SPEED)], settings].concat();
        if layout == Layout::Cluster {
            return Self::of(Cluster::shared().await, &settings).await;
        }
        let cluster = Cluster::embedded().await;
        let serve = cluster.node("serve", &settings).await;
        Self::watched(layout, cluster, None, serve).await
    }

    async fn of(cluster: Cluster, settings: &[(&str, &str)]) -> Self {
        let (web, worker) = (cluster.node("web", &[]).await, cluster.node("worker", settings).await);
        Self::watched(Layout::Cluster, cluster, Some(web), worker).await
    }

    async fn watched(layout: Layout, cluster: Cluster, web: Option<Node>, worker: Node) -> Self {
        let person = Person::sign_up(&web.as_ref().unwrap_or(&worker).base()).await.patient();
        let recorder = Recorder::start(&person).await;
        Self { layout, recorder, person, worker, web, heir: None, cluster }
    }

    /// With this PostgreSQL, of the test's own.
    pub(super) async fn on(server: &PostgresServer) -> Self {
        let cluster = Cluster::on(Database::postgres_on(server.url()).await, Some(shared_redis()));
        Self::of(cluster, &[("DEMO_SPEED", SPEED)]).await
    }

    /// Imports a few videos.
    pub(super) async fn import(&self) -> Uuid {
        self.person.import("Cooking", &file(VIDEOS)).await
    }

    /// SIGKILL, and somebody to go on: another worker, or the same program started again.
    pub(super) async fn kill_and_replace(&mut self) {
        self.worker.process.kill();
        self.replace().await;
    }

    /// Somebody to go on while the first is dead or frozen.
    pub(super) async fn replace(&mut self) {
        match self.layout {
            Layout::Embedded => self.worker.restart(&["STOP_AT"]).await,
            Layout::Cluster => self.heir = Some(self.cluster.node("worker", &[("DEMO_SPEED", SPEED)]).await),
        }
    }

    /// Waits for the end, and says that nothing was lost or repeated on the way.
    pub(super) async fn ends_well(&self, job: Uuid) -> Job {
        let ended = self.person.ended(job).await;
        self.cluster.check(&[&self.recorder]).await;
        assert_eq!((ended.current_video, ended.total_videos), (VIDEOS as u32, VIDEOS as u32), "{}", ended.state.message);
        ended
    }
}
