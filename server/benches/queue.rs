//! How fast workers claim jobs from a long queue in PostgreSQL: `script/bench queue` runs this and prints rows for docs/benchmarks.md.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use server::{
    config::Settings,
    internals::store::{self, ClaimRules, Store},
};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use uuid::Uuid;

const USERS: u32 = 10_000;
const JOBS_PER_USER: u32 = 10;
const CLAIMERS: usize = 20;
const MEASURED_FOR: Duration = Duration::from_secs(10);

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
    let state = "jsonb_build_object('job_id', gen_random_uuid(), 'status', 'pending', 'progress', 0, 'current_video', 0, 'total_videos', 100, \
                 'message', 'Starting processing...', 'seq', 1, 'created_at', '2026-01-01T00:00:00.000001Z')";
    for statement in [
        format!("INSERT INTO users SELECT gen_random_uuid(), 'user ' || n, '', now() FROM generate_series(1, {USERS}) n"),
        "INSERT INTO lists SELECT gen_random_uuid(), id, 'A list', NULL, now(), now() FROM users".to_owned(),
        format!(
            "INSERT INTO processing_jobs (id, user_id, list_id, source_name, status, total_videos, causes, seq, state, last_event_at, run_at, created_at, updated_at)
             SELECT gen_random_uuid(), l.user_id, l.id, 'a file', 'pending', 100, '{{}}', 1, {state}, now(), now() - random() * interval '1 hour', now(), now()
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
