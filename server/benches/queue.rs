//! How fast workers claim jobs from a long queue in PostgreSQL, and store results: `script/bench queue` runs this and prints rows for
//! docs/benchmarks.md.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use server::{
    config::Settings,
    internals::{
        job::{Ending, Metadata},
        store::{self, Claim, ClaimRules, Flush, Store, WorkItem, Written},
    },
};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use uuid::Uuid;

const USERS: u32 = 10_000;
const JOBS_PER_USER: u32 = 10;
const CLAIMERS: usize = 20;
const MEASURED_FOR: Duration = Duration::from_secs(10);
/// The newest state of a job that nobody has worked on.
const STATE: &str = "jsonb_build_object('job_id', gen_random_uuid(), 'status', 'pending', 'progress', 0, 'current_video', 0, 'total_videos', 100, \
     'message', 'Starting processing...', 'seq', 1, 'created_at', '2026-01-01T00:00:00.000001Z')";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let server = std::env::var("TEST_DATABASE_URL")?;
    let name = format!("playmarks_bench_{}", Uuid::new_v4().simple());
    run_sql(&server, &format!("CREATE DATABASE {name}")).await?;
    let measured = measure(&server, &name).await;
    run_sql(&server, &format!("DROP DATABASE {name} WITH (FORCE)")).await?;
    measured
}

#[expect(clippy::print_stdout, reason = "the table is the program's output")]
async fn measure(server: &str, name: &str) -> anyhow::Result<()> {
    let mut url: url::Url = server.parse()?;
    url.set_path(name);
    let settings = Settings { database_url: Some(url.as_str().into()), database_connections: CLAIMERS as u32 + 10, ..Settings::defaults() };
    let store = store::open(&settings).await?;
    fill(url.as_str()).await?;

    let mut latencies = Vec::new();
    for _ in 0..2_000 {
        let start = Instant::now();
        claim_and_release(&*store).await?;
        latencies.push(start.elapsed());
    }
    latencies.sort_unstable();
    let jobs = USERS * JOBS_PER_USER;
    let millis = |rank: usize| latencies[rank].as_secs_f64() * 1e3;
    println!("| claim and hand-back by one worker, {jobs} jobs of {USERS} users queued | p50 {:.2} ms, p99 {:.2} ms |", millis(1_000), millis(1_980));

    let stopped = Arc::new(AtomicBool::new(false));
    let claimers: Vec<_> = (0..CLAIMERS)
        .map(|_| {
            let (store, stopped) = (Arc::clone(&store), Arc::clone(&stopped));
            tokio::spawn(async move {
                let mut claims = 0_u32;
                while !stopped.load(Ordering::Relaxed) {
                    claim_and_release(&*store).await?;
                    claims += 1;
                }
                anyhow::Ok(claims)
            })
        })
        .collect();
    tokio::time::sleep(MEASURED_FOR).await;
    stopped.store(true, Ordering::Relaxed);
    let mut claims = 0;
    for claimer in claimers {
        claims += claimer.await??;
    }
    println!("| claims and hand-backs by {CLAIMERS} workers at once, the same queue | {:.0}/s |", f64::from(claims) / MEASURED_FOR.as_secs_f64());
    measure_flushes(&store, url.as_str()).await
}

/// Jobs that run at the same time, of one user each, and what each flush stores: at 100 per flush and ten flushes a second, four jobs finish
/// 4 000 videos a second.
const RUNNING_JOBS: u32 = 4;
const VIDEOS_PER_JOB: u32 = 25_000;
const VIDEOS_PER_FLUSH: usize = 100;

#[expect(clippy::print_stdout, reason = "the table is the program's output")]
async fn measure_flushes(store: &Arc<dyn Store>, url: &str) -> anyhow::Result<()> {
    fill_videos(url).await?;
    // A session reports its statistics at the latest a second after its last transaction.
    tokio::time::sleep(Duration::from_secs(2)).await;
    run_sql(url, "SELECT pg_stat_reset()").await?;
    let rules = ClaimRules { lease: Duration::from_secs(600), per_user: 1, source: "demo".into() };
    let mut claims = Vec::new();
    for _ in 0..RUNNING_JOBS {
        claims.push(store.claim(&rules).await?.ok_or_else(|| anyhow::anyhow!("no job was claimed"))?);
    }
    let (cpu, start) = (cpu_time()?, Instant::now());
    let workers: Vec<_> = claims.into_iter().map(|claim| tokio::spawn(work(Arc::clone(store), claim))).collect();
    for worker in workers {
        worker.await??;
    }
    let (elapsed, cpu, videos) = (start.elapsed(), cpu_time()? - cpu, RUNNING_JOBS * VIDEOS_PER_JOB);
    println!("| videos finished, {RUNNING_JOBS} jobs at once, {VIDEOS_PER_FLUSH} per flush | {:.0}/s |", f64::from(videos) / elapsed.as_secs_f64());
    println!("| CPU of the worker's process per finished video | {} µs |", (cpu / videos).as_micros());
    tokio::time::sleep(Duration::from_secs(2)).await;
    for table in ["processing_jobs", "job_items"] {
        let (updates, in_place): (i64, i64) = sqlx::query_as("SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = $1")
            .bind(table)
            .fetch_one(&mut PgConnection::connect(url).await?)
            .await?;
        println!("| rows of `{table}` updated in place (HOT) | {:.0} % of {updates} |", 100.0 * in_place as f64 / updates as f64);
    }
    Ok(())
}

/// As a worker does whose source answers at once: the last flush also ends the job.
async fn work(store: Arc<dyn Store>, claim: Claim) -> anyhow::Result<()> {
    let (mut state, mut causes, mut after) = (claim.state, claim.causes, 0);
    loop {
        let items = store.untried_items(&claim.lease, after, 500).await?;
        for items in items.chunks(VIDEOS_PER_FLUSH) {
            after = items[items.len() - 1].line;
            let results: Vec<_> = items.iter().map(|item| item.result(Ok(metadata(item)))).collect();
            let end = (after == VIDEOS_PER_JOB).then_some(Ending::Done);
            let ends = end.is_some();
            let flush = Flush { state: &state, causes: &causes, results: &results, eta_seconds: Some(60), end, untried_from: after + 1 };
            let Written::Stored { state: newest, causes: counted, .. } = store.flush(&claim.lease, &flush, Duration::from_secs(600)).await? else {
                anyhow::bail!("the lease was lost");
            };
            (state, causes) = (*newest, counted);
            if ends {
                return Ok(());
            }
        }
        anyhow::ensure!(!items.is_empty(), "items are missing");
    }
}

fn metadata(item: &WorkItem) -> Metadata {
    Metadata {
        title: Some(format!("The title of video {}, as long as most", item.youtube_id)),
        channel: Some("A channel".into()),
        duration_seconds: Some(613),
        reason: None,
    }
}

/// Of this process, in user and system mode.
fn cpu_time() -> anyhow::Result<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    // Clock ticks, of which Linux reports 100 per second to programs on every machine.
    let ticks = |n: usize| fields.get(n).and_then(|field| field.parse::<u64>().ok()).unwrap_or_default();
    Ok(Duration::from_millis(10 * (ticks(11) + ticks(12))))
}

/// In the place of all jobs, one long job each for some users.
async fn fill_videos(url: &str) -> anyhow::Result<()> {
    for statement in [
        "DELETE FROM processing_jobs".to_owned(),
        format!(
            "INSERT INTO processing_jobs (id, user_id, list_id, source_name, status, total_videos, causes, seq, state, last_event_at, run_at, created_at, updated_at)
             SELECT l.id, l.user_id, l.id, 'a file', 'pending', {VIDEOS_PER_JOB}, '{{}}', 1,
                    {STATE} || jsonb_build_object('job_id', l.id, 'total_videos', {VIDEOS_PER_JOB}), now(), now(), now(), now()
             FROM lists l ORDER BY l.id LIMIT {RUNNING_JOBS}"
        ),
        format!(
            "INSERT INTO videos (id, list_id, youtube_id, added_at, position, status, title_key, search_text)
             SELECT gen_random_uuid(), j.list_id, lpad(n::text, 11, '0'), now(), n, 'pending', '', '' FROM processing_jobs j, generate_series(1, {VIDEOS_PER_JOB}) n"
        ),
        "INSERT INTO job_items (job_id, line, place, input, youtube_id, verdict, video_id)
         SELECT v.list_id, v.position, v.position, v.youtube_id, v.youtube_id, 'accepted', v.id FROM videos v ORDER BY v.list_id, v.position"
            .to_owned(),
        "VACUUM ANALYZE".to_owned(),
    ] {
        run_sql(url, &statement).await?;
    }
    Ok(())
}

async fn claim_and_release(store: &dyn Store) -> anyhow::Result<()> {
    store.reap_abandoned_jobs(10).await?;
    let rules = ClaimRules { lease: Duration::from_secs(30), per_user: 2, source: "demo".into() };
    let claim = store.claim(&rules).await?.ok_or_else(|| anyhow::anyhow!("no job was claimed"))?;
    Ok(store.release(&claim.lease).await?)
}

/// Inserts users with a list and jobs, and gathers statistics, as PostgreSQL does by itself after a while.
async fn fill(url: &str) -> anyhow::Result<()> {
    for statement in [
        format!("INSERT INTO users SELECT gen_random_uuid(), 'user ' || n, '', now() FROM generate_series(1, {USERS}) n"),
        "INSERT INTO lists SELECT gen_random_uuid(), id, 'A list', NULL, now(), now() FROM users".to_owned(),
        format!(
            "INSERT INTO processing_jobs (id, user_id, list_id, source_name, status, total_videos, causes, seq, state, last_event_at, run_at, created_at, updated_at)
             SELECT gen_random_uuid(), l.user_id, l.id, 'a file', 'pending', 100, '{{}}', 1, {STATE}, now(), now() - random() * interval '1 hour', now(), now()
             FROM lists l, generate_series(1, {JOBS_PER_USER}) n"
        ),
        "VACUUM ANALYZE".to_owned(),
    ] {
        run_sql(url, &statement).await?;
    }
    Ok(())
}

async fn run_sql(url: &str, statement: &str) -> anyhow::Result<()> {
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(&mut PgConnection::connect(url).await?).await?;
    Ok(())
}
