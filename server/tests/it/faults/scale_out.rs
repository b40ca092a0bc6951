//! Two `web` and two `worker` processes as one system: fair between users, bounded per user, steered and signed out of from anywhere.

use app::wire::{Job, JobStatus};
use futures::future::join_all;
use reqwest::Method;

use super::{cluster::Cluster, file, node::Node, proxy::Weather, recorder::Recorder, until};
use crate::support::person::Person;

/// Slow enough to be met in the middle.
const SLOW: (&str, &str) = ("DEMO_SPEED", "4");

/// Two of each.
struct Four {
    webs: [Node; 2],
    workers: [Node; 2],
    cluster: Cluster,
}

impl Four {
    async fn start(settings: &[(&str, &str)]) -> Self {
        let cluster = Cluster::shared().await;
        let webs = [cluster.node("web", &[]).await, cluster.node("web", &[]).await];
        let workers = [cluster.node("worker", settings).await, cluster.node("worker", settings).await];
        Self { webs, workers, cluster }
    }

    /// Somebody with a client at each web process.
    async fn person(&self) -> (Person, [Recorder; 2]) {
        let [first, second] = [self.webs[0].base(), self.webs[1].base()];
        let person = Person::sign_up(&first).await.patient();
        let recorders = [Recorder::start(&person).await, Recorder::start(&person.at(&second)).await];
        (person, recorders)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_users_at_four_processes_that_are_replaced_one_by_one() {
    let mut four = Four::start(&[SLOW]).await;
    let people = join_all((0..6).map(|_| four.person())).await;
    let jobs = join_all(people.iter().map(async |(person, _)| [person.import("One", &file(30)).await, person.import("Two", &file(20)).await])).await;
    let recorders: Vec<&Recorder> = people.iter().flat_map(|(_, recorders)| recorders).collect();
    recorders[0].sees("work goes on", |update| update.current_video > 2).await;
    for node in four.workers.iter_mut().chain(&mut four.webs) {
        node.process.terminate();
        assert!(node.process.gone().await.success(), "it ends in order");
        node.restart(&[]).await;
    }
    for ((person, _), jobs) in people.iter().zip(jobs) {
        for job in jobs {
            person.ended(job).await;
        }
    }
    let evidence = four.cluster.check(&recorders).await;
    assert_eq!(evidence.jobs.len(), 12);
    assert!(evidence.jobs.iter().all(|truth| truth.job.current_video == truth.job.total_videos));
    assert_eq!(four.cluster.number("SELECT max(attempts) FROM processing_jobs").await, 0, "every lease was handed back");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_is_cancelled_from_any_process() {
    let four = Four::start(&[SLOW]).await;
    let (person, recorders) = four.person().await;
    let other = person.at(&four.webs[1].base());
    for (at, person) in [&person, &other].into_iter().enumerate() {
        let job = person.import("Long", &file(1000)).await;
        recorders[at].sees("it runs", |update| update.job_id == job && update.current_video > 2).await;
        // The job runs in neither of the two; both clients hear of its end.
        person.cancel(job).await;
        let ended = person.ended(job).await;
        assert_eq!(ended.status, JobStatus::Cancelled);
        assert!(ended.current_video < 1000);
    }
    four.cluster.check(&[&recorders[0], &recorders[1]]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_out_closes_the_sockets_at_every_process() {
    let four = Four::start(&[]).await;
    let ((person, recorders), (_, others)) = (four.person().await, four.person().await);
    assert_eq!(person.status(Method::POST, "/api/auth/logout").await, 204);
    for recorder in &recorders {
        recorder.signed_out().await;
        let connections = recorder.connections();
        let last = connections.last().expect("there was one");
        assert_eq!((connections.len(), last.close.clone()), (1, Some((1008, "session_ended".into()))));
    }
    assert!(others.iter().all(|other| other.connections().iter().all(|connection| connection.close.is_none())));
}

/// Each claim, in the order in which they were made, and how many jobs of its user ran from then on.
const CLAIMS: &str = "CREATE TABLE claims (number BIGSERIAL, user_id UUID, job_id UUID, running BIGINT, at TIMESTAMPTZ);
    CREATE FUNCTION note_claim() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO claims (user_id, job_id, at, running) SELECT NEW.user_id, NEW.id, clock_timestamp(), count(*)
            FROM processing_jobs WHERE user_id = NEW.user_id AND ended_at IS NULL AND lease_until > clock_timestamp();
        RETURN NULL;
    END $$;
    CREATE TRIGGER note_claim AFTER UPDATE ON processing_jobs FOR EACH ROW
        WHEN (NEW.lease_token IS NOT NULL AND NEW.lease_token IS DISTINCT FROM OLD.lease_token) EXECUTE FUNCTION note_claim()";

/// So many ids that are looked up.
fn ids(videos: usize) -> String {
    (0..videos).map(|number| format!("A{number:010}\n")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_videos_of_one_delay_ten_of_another_by_one_slice() {
    let cluster = Cluster::shared().await;
    cluster.script(CLAIMS).await;
    // Both workers busy with the first user's, and nothing else can run beside them.
    let one = [SLOW, ("WORKER_JOBS", "1")];
    let (web, _first, _second) = (cluster.node("web", &[]).await, cluster.node("worker", &one).await, cluster.node("worker", &one).await);
    let large = Person::sign_up(&web.base()).await;
    let jobs = [large.import("Large", &ids(10_000)).await, large.import("Large too", &ids(10_000)).await];
    until("both run", async || cluster.number("SELECT count(DISTINCT job_id) FROM claims").await == 2).await;

    let mut small = Vec::new();
    for _ in 0..4 {
        let person = Person::sign_up(&web.base()).await;
        let job = person.import("Small", &file(10)).await;
        person.ended(job).await;
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
        // And once begun, ten videos are one slice.
        assert_eq!(cluster.number(&format!("SELECT count(*) FROM claims WHERE job_id = '{job}'")).await, 1);
    }
    for job in jobs {
        let now: Job = large.get(&format!("/api/jobs/{job}")).await;
        assert_eq!(now.status, JobStatus::Processing, "the large ones were under way all the time");
        large.cancel(job).await;
        large.ended(job).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_has_as_many_running_jobs_as_are_allowed_and_no_more() {
    let four = Four::start(&[SLOW, ("MAX_RUNNING_JOBS_PER_USER", "2")]).await;
    four.cluster.script(CLAIMS).await;
    let (person, recorders) = four.person().await;
    let small = file(40);
    let jobs = join_all(["One", "Two", "Three", "Four", "Five"].map(|name| person.import(name, &small))).await;
    for job in jobs {
        person.ended(job).await;
    }
    assert_eq!(four.cluster.number("SELECT max(running) FROM claims").await, 2);
    four.cluster.check(&[&recorders[0], &recorders[1]]).await;
}

/// The bus is a hint: what a worker cannot publish is found in the database by whoever has the sockets.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_without_redis_works_on_and_is_seen() {
    for weather in [Weather::Refusing, Weather::Void] {
        let four = Four::start(&[SLOW]).await;
        let (person, recorders) = four.person().await;
        for worker in &four.workers {
            let bus = worker.bus.as_ref().expect("it has one");
            bus.set(weather);
            if weather == Weather::Refusing {
                bus.cut();
            }
        }
        let job = person.import("Unheard", &file(40)).await;
        person.ended(job).await;
        four.cluster.check(&[&recorders[0], &recorders[1]]).await;
        assert!(recorders.iter().all(|recorder| recorder.connections().len() == 1), "sockets stay open: their own bus is there");
    }
}
