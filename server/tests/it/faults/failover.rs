//! Servers are replaced during jobs: a node of a Redis Cluster by its replica, a Redis primary, and PostgreSQL's primary by its standby.

use futures::future::join_all;
use server::{config::Settings, internals::store};
use uuid::Uuid;

use super::{cluster::Cluster, file, node::Node, postgres_server::PostgresServer, recorder::Recorder};
use crate::{
    bus::{redis_cluster::RedisCluster, redis_server::RedisServer, shared_redis},
    support::{database::Database, person::Person, wait_until},
};

const VIDEOS: usize = 60;

/// A `web` and a `worker`, and people with a job each.
struct Running {
    web: Node,
    _worker: Node,
    people: Vec<(Person, Recorder, Uuid)>,
}

impl Running {
    async fn start(cluster: &Cluster, people: usize) -> Self {
        let (web, worker) = (cluster.node("web", &[]).await, cluster.node("worker", &[("DEMO_SPEED", "2"), ("WORKER_JOBS", "16")]).await);
        let people = join_all((0..people).map(async |_| {
            let person = Person::sign_up(&web.base()).await.patient();
            let recorder = Recorder::start(&person).await;
            let job = person.import("Cooking", &file(VIDEOS)).await;
            recorder.wait_for_update("it goes on", |update| update.current_video >= 4).await;
            (person, recorder, job)
        }))
        .await;
        Self { web, _worker: worker, people }
    }

    /// Everybody has received the end of their job, and all videos are done.
    async fn check(&self, cluster: &Cluster) {
        for (person, _, job) in &self.people {
            assert_eq!(person.wait_for_end(*job).await.current_video, VIDEOS as u32);
        }
        cluster.check(&self.recorders()).await;
    }

    fn recorders(&self) -> Vec<&Recorder> {
        self.people.iter().map(|(_, recorder, _)| recorder).collect()
    }

    async fn readiness(&self) -> serde_json::Value {
        reqwest::get(format!("{}/readyz", self.web.base())).await.unwrap().json().await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_survive_a_killed_node_of_a_redis_cluster() {
    let mut redis = RedisCluster::start().await;
    let cluster = Cluster::on(Database::postgres().await, Some(redis.url()));
    let running = Running::start(&cluster, 6).await;
    let (node, _) = redis.owner_of(running.people[0].0.id).await;
    redis.nodes[node].kill();
    wait_until("the web process says so", async || running.readiness().await["bus"] == "down").await;
    assert!(running.readiness().await["bus_problem"].as_str().unwrap().contains(&redis.nodes[node].port.to_string()));
    wait_until("the replica has taken over", async || running.readiness().await["bus"] == "up").await;
    running.check(&cluster).await;
    assert!(running.recorders().iter().all(|recorder| recorder.connections().len() == 1), "no socket was closed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_survive_a_moved_redis_primary() {
    let mut primary = RedisServer::start().await;
    let replica = RedisServer::replica_of(&primary).await;
    let url = format!("redis://127.0.0.1:{},127.0.0.1:{}/", primary.port, replica.port);
    let cluster = Cluster::on(Database::postgres().await, Some(url));
    let running = Running::start(&cluster, 2).await;
    primary.kill();
    for recorder in running.recorders() {
        wait_until("the socket is closed", async || recorder.connections()[0].close.is_some()).await;
        assert_eq!(recorder.connections()[0].close, Some((1012, "bus_lost".into())));
    }
    wait_until("the web process says why", async || {
        running.readiness().await["bus_problem"].as_str().is_some_and(|problem| problem.contains("it is a replica"))
    })
    .await;
    assert_eq!(replica.reply(&["REPLICAOF", "NO", "ONE"]).await, "OK");
    for recorder in running.recorders() {
        recorder.wait_for_connections(2).await;
    }
    running.check(&cluster).await;
}

/// With synchronous replication: what was answered is on both servers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_survive_a_killed_postgres_whose_standby_is_promoted() {
    let primary = PostgresServer::start();
    let database = Database::postgres_on(primary.url()).await;
    let name = database.name().to_owned();
    let standby = PostgresServer::standby_of(&primary);
    let streaming = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'";
    wait_until("the standby receives everything", async || database.number(streaming).await == 1).await;
    database.execute("ALTER SYSTEM SET synchronous_standby_names = '*'").await;
    database.execute("SELECT pg_reload_conf()").await;
    let synchronous = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'";
    wait_until("commits wait for it", async || database.number(synchronous).await == 1).await;

    let mut cluster = Cluster::on(database, Some(shared_redis()));
    let servers = format!("postgres://postgres@127.0.0.1:{},127.0.0.1:{}/{name}?target_session_attrs=read-write", standby.port, primary.port);
    cluster.set("DATABASE_URL", &servers);
    let running = Running::start(&cluster, 2).await;
    primary.stop("immediate");
    let settings = Settings { database_url: Some(servers.into()), ..Settings::defaults() };
    let refusal = format!("{:#}", store::open(&settings).await.err().unwrap());
    assert!(refusal.contains("is a standby"), "{refusal}");
    standby.promote();
    cluster.database = Database::existing_on(standby.url(), name).await;
    running.check(&cluster).await;
    assert!(running.recorders().iter().all(|recorder| recorder.connections().len() == 1), "sockets that were open stay open");
    let (person, recorder, _) = &running.people[0];
    let next = person.import("After it", &file(20)).await;
    person.wait_for_end(next).await;
    cluster.check(&[recorder]).await;
}
