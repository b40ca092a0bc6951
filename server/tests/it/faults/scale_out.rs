//! Two `web` and two `worker` processes as one system: fairness, limits per user, cancelling and signing out at any process.

use app::wire::{Job, JobStatus};
use futures::future::join_all;
use reqwest::Method;

use super::{cluster::Cluster, file, node::Node, proxy::LinkState, recorder::Recorder};
use crate::support::{person::Person, wait_until};

/// Slow enough for tests to act during a job.
const SLOW: (&str, &str) = ("DEMO_SPEED", "4");

struct ScaleOut {
    webs: [Node; 2],
    workers: [Node; 2],
    cluster: Cluster,
}

impl ScaleOut {
    async fn start(settings: &[(&str, &str)]) -> Self {
        let cluster = Cluster::shared().await;
        let webs = [cluster.node("web", &[]).await, cluster.node("web", &[]).await];
        let workers = [cluster.node("worker", settings).await, cluster.node("worker", settings).await];
        Self { webs, workers, cluster }
    }

    /// A user with a client at each web process.
    async fn person(&self) -> (Person, [Recorder; 2]) {
        let [first, second] = [self.webs[0].base(), self.webs[1].base()];
        let person = Person::sign_up(&first).await.patient();
        let recorders = [Recorder::start(&person).await, Recorder::start(&person.at(&second)).await];
        (person, recorders)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_complete_while_all_processes_are_replaced_one_by_one() {
    let mut system = ScaleOut::start(&[SLOW]).await;
    let people = join_all((0..6).map(|_| system.person())).await;
    let jobs = join_all(people.iter().map(async |(person, _)| [person.import("One", &file(30)).await, person.import("Two", &file(20)).await])).await;
    let recorders: Vec<&Recorder> = people.iter().flat_map(|(_, recorders)| recorders).collect();
    recorders[0].wait_for_update("work goes on", |update| update.current_video > 2).await;
    for node in system.workers.iter_mut().chain(&mut system.webs) {
        node.process.terminate();
        assert!(node.process.wait_for_exit().await.success(), "it ends in order");
        node.restart(&[]).await;
    }
    for ((person, _), jobs) in people.iter().zip(jobs) {
        for job in jobs {
            person.wait_for_end(job).await;
        }
    }
    let observations = system.cluster.check(&recorders).await;
    assert_eq!(observations.jobs.len(), 12);
    assert!(observations.jobs.iter().all(|stored| stored.job.current_video == stored.job.total_videos));
    assert_eq!(system.cluster.number("SELECT max(attempts) FROM processing_jobs").await, 0, "every lease was handed back");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn job_can_be_cancelled_at_any_process() {
    let system = ScaleOut::start(&[SLOW]).await;
    let (person, recorders) = system.person().await;
    let other = person.at(&system.webs[1].base());
    for (at, person) in [&person, &other].into_iter().enumerate() {
        let job = person.import("Long", &file(1000)).await;
        recorders[at].wait_for_update("it runs", |update| update.job_id == job && update.current_video > 2).await;
        // The job runs in neither process; both clients receive its end.
        person.cancel(job).await;
        let ended = person.wait_for_end(job).await;
        assert_eq!(ended.status, JobStatus::Cancelled);
        assert!(ended.current_video < 1000);
    }
    system.cluster.check(&[&recorders[0], &recorders[1]]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sign_out_closes_sockets_at_every_process() {
    let system = ScaleOut::start(&[]).await;
    let ((person, recorders), (_, others)) = (system.person().await, system.person().await);
    assert_eq!(person.status(Method::POST, "/api/auth/logout").await, 204);
    for recorder in &recorders {
        recorder.wait_for_sign_out().await;
        let connections = recorder.connections();
        let last = connections.last().expect("there was one");
        assert_eq!((connections.len(), last.close.clone()), (1, Some((1008, "session_ended".into()))));
    }
    assert!(others.iter().all(|other| other.connections().iter().all(|connection| connection.close.is_none())));
}

/// All claims in order, each with the number of jobs of its user that were running then.
const CLAIMS: &str = "CREATE TABLE claims (number BIGSERIAL, user_id UUID, job_id UUID, running BIGINT, at TIMESTAMPTZ);
    CREATE FUNCTION note_claim() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO claims (user_id, job_id, at, running) SELECT NEW.user_id, NEW.id, clock_timestamp(), count(*)
            FROM processing_jobs WHERE user_id = NEW.user_id AND ended_at IS NULL AND lease_until > clock_timestamp();
        RETURN NULL;
    END $$;
    CREATE TRIGGER note_claim AFTER UPDATE ON processing_jobs FOR EACH ROW
        WHEN (NEW.lease_token IS NOT NULL AND NEW.lease_token IS DISTINCT FROM OLD.lease_token) EXECUTE FUNCTION note_claim()";

/// This many ids, which are looked up.
fn ids(videos: usize) -> String {
    (0..videos).map(|number| format!("A{number:010}\n")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn large_import_delays_another_users_small_one_by_one_slice_at_most() {
    let cluster = Cluster::shared().await;
    cluster.script(CLAIMS).await;
    // Both workers are busy with the first user's jobs, and have no free slots.
    let one = [SLOW, ("WORKER_JOBS", "1")];
    let (web, _first, _second) = (cluster.node("web", &[]).await, cluster.node("worker", &one).await, cluster.node("worker", &one).await);
    let large = Person::sign_up(&web.base()).await;
    let jobs = [large.import("Large", &ids(10_000)).await, large.import("Large too", &ids(10_000)).await];
    wait_until("both run", async || cluster.number("SELECT count(DISTINCT job_id) FROM claims").await == 2).await;

    let mut small = Vec::new();
    for _ in 0..4 {
        let person = Person::sign_up(&web.base()).await;
        let job = person.import("Small", &file(10)).await;
        person.wait_for_end(job).await;
        small.push((person, job));
    }
    for (person, job) in &small {
        let ahead = cluster
            .number(&format!(
                "SELECT count(*) FROM claims WHERE user_id <> '{}' AND at > (SELECT created_at FROM processing_jobs WHERE id = '{job}')
                 AND number < (SELECT min(number) FROM claims WHERE job_id = '{job}')",
                person.id
            ))
            .await;
        assert!(ahead <= 1, "{ahead} slices of others before the first of job {job}");
        // Ten videos take one slice.
        assert_eq!(cluster.number(&format!("SELECT count(*) FROM claims WHERE job_id = '{job}'")).await, 1);
    }
    for job in jobs {
        let now: Job = large.get(&format!("/api/jobs/{job}")).await;
        assert_eq!(now.status, JobStatus::Processing, "the large ones were under way all the time");
        large.cancel(job).await;
        large.wait_for_end(job).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn running_jobs_of_a_user_are_capped() {
    let system = ScaleOut::start(&[SLOW, ("MAX_RUNNING_JOBS_PER_USER", "2")]).await;
    system.cluster.script(CLAIMS).await;
    let (person, recorders) = system.person().await;
    let small = file(40);
    let jobs = join_all(["One", "Two", "Three", "Four", "Five"].map(|name| person.import(name, &small))).await;
    for job in jobs {
        person.wait_for_end(job).await;
    }
    assert_eq!(system.cluster.number("SELECT max(running) FROM claims").await, 2);
    system.cluster.check(&[&recorders[0], &recorders[1]]).await;
}

/// Web processes find in the database what the worker cannot publish.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn worker_without_redis_continues_and_its_progress_is_shown() {
    for link_state in [LinkState::Refusing, LinkState::Blackhole] {
        let system = ScaleOut::start(&[SLOW]).await;
        let (person, recorders) = system.person().await;
        for worker in &system.workers {
            let bus = worker.bus.as_ref().expect("it has one");
            bus.set(link_state);
            if link_state == LinkState::Refusing {
                bus.cut();
            }
        }
        let job = person.import("Unheard", &file(40)).await;
        person.wait_for_end(job).await;
        system.cluster.check(&[&recorders[0], &recorders[1]]).await;
        assert!(recorders.iter().all(|recorder| recorder.connections().len() == 1), "sockets stay open: their own bus is there");
    }
}
