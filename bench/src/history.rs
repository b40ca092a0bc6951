//! Latency of one page of a job's history in a large table.

use std::time::Instant;

use anyhow::Context;
use reqwest::Client;
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use crate::{
    server::{Environment, Layout, Server},
    stats::{Latencies, print_row},
    user::User,
};

const EVENTS_PER_JOB: u32 = 1000;
/// How many pages are requested.
const REQUESTS: u32 = 2000;

/// Fills PostgreSQL with jobs of a thousand events each, then requests pages one after the other.
pub(crate) async fn run(environment: &Environment, events: u32) -> anyhow::Result<()> {
    let server = Server::start(environment, Layout::Cluster).await?;
    let user = User::sign_up(&Client::new(), &server.base_url).await?;
    let list_id = user.create_list("bench").await?;
    let database_url = server.database_url.as_deref().context("a cluster has a PostgreSQL database")?;
    let jobs = insert_jobs(database_url, &user, list_id, events / EVENTS_PER_JOB).await?;
    let mut latencies = Vec::new();
    for request in 0..REQUESTS {
        let job = jobs[request as usize % jobs.len()];
        let after = request * 37 % (EVENTS_PER_JOB - 100);
        let start = Instant::now();
        let body = user.get_text(&format!("jobs/{job}/progress-history?after_seq={after}&limit=100")).await?;
        latencies.push(start.elapsed());
        anyhow::ensure!(body.matches("\"job_id\"").count() == 100, "a history page does not have 100 events");
    }
    print_row(format!("history: page of 100, {events} events stored, PostgreSQL"), Latencies::new(latencies).summary());
    Ok(())
}

async fn insert_jobs(database_url: &str, user: &User, list_id: Uuid, jobs: u32) -> anyhow::Result<Vec<Uuid>> {
    let mut connection = PgConnection::connect(database_url).await?;
    let state = "jsonb_build_object('job_id', id, 'status', 'completed', 'progress', 100, 'current_video', 1000, 'total_videos', 1000, \
                 'message', 'Completed: 1000 succeeded', 'seq', 1000, 'created_at', '2026-01-01T00:00:00.001000Z')";
    let job_rows = format!(
        "WITH ids AS (SELECT gen_random_uuid() AS id FROM generate_series(1, $3::int)) \
         INSERT INTO processing_jobs (id, user_id, list_id, source_name, status, total_videos, current_video, causes, seq, state, \
         last_event_at, run_at, created_at, updated_at, ended_at) \
         SELECT id, $1, $2, 'bench', 'completed', 1000, 1000, '{{}}', 1000, {state}, now(), now(), now(), now(), now() FROM ids RETURNING id"
    );
    let ids: Vec<Uuid> =
        sqlx::query_scalar(sqlx::AssertSqlSafe(job_rows)).bind(user.id).bind(list_id).bind(i32::try_from(jobs)?).fetch_all(&mut connection).await?;
    let event_rows = "INSERT INTO job_progress_events (job_id, created_at, progress_data) \
         SELECT j.id, timestamptz '2026-01-01' + n * interval '1 millisecond', jsonb_build_object('job_id', j.id, 'status', 'processing', \
         'progress', n / 10, 'current_video', n, 'total_videos', 1000, 'message', 'Processing video ' || n || '/1000', 'seq', n, \
         'created_at', to_char(timestamp '2026-01-01' + n * interval '1 millisecond', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')) \
         FROM processing_jobs j, generate_series(1, $1::int) n";
    sqlx::query(event_rows).bind(i32::try_from(EVENTS_PER_JOB)?).execute(&mut connection).await?;
    sqlx::query("ANALYZE").execute(&mut connection).await?;
    Ok(ids)
}
