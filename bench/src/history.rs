//! How long a page of a job's history takes while the table is large.

use std::time::Instant;

use anyhow::Context;
use reqwest::Client;
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use crate::{
    figures::{Times, row},
    person::Person,
    program::{Layout, Program, Setup},
};

/// Events of each job.
const EVENTS_PER_JOB: u32 = 1000;
/// Pages asked for.
const PAGES: u32 = 2000;

/// Fills PostgreSQL with jobs of a thousand events, then pages through them one after the other.
pub(crate) async fn measure(setup: &Setup, events: u32) -> anyhow::Result<()> {
    let program = Program::start(setup, Layout::Cluster, &[]).await?;
    let person = Person::sign_up(&Client::new(), &program.base).await?;
    let list_id = person.new_list("bench").await?;
    let jobs = fill(program.database.as_deref().context("a database")?, &person, list_id, events / EVENTS_PER_JOB).await?;
    let mut times = Vec::new();
    for page in 0..PAGES {
        let job = jobs[page as usize % jobs.len()];
        let after = page * 37 % (EVENTS_PER_JOB - 100);
        let start = Instant::now();
        let body = person.get(&format!("jobs/{job}/progress-history?after_seq={after}&limit=100")).await?;
        times.push(start.elapsed());
        anyhow::ensure!(body.matches("\"job_id\"").count() == 100, "a page of the history is not of a hundred events");
    }
    row(format!("history: a page of 100, {events} events stored, PostgreSQL"), Times::new(times).summary());
    Ok(())
}

async fn fill(database: &str, person: &Person, list_id: Uuid, jobs: u32) -> anyhow::Result<Vec<Uuid>> {
    let mut connection = PgConnection::connect(database).await?;
    let state = "jsonb_build_object('job_id', id, 'status', 'completed', 'progress', 100, 'current_video', 1000, 'total_videos', 1000, \
                 'message', 'Completed: 1000 succeeded', 'seq', 1000, 'created_at', '2026-01-01T00:00:00.001000Z')";
    let insert_jobs = format!(
        "WITH ids AS (SELECT gen_random_uuid() AS id FROM generate_series(1, $3::int)) \
         INSERT INTO processing_jobs (id, user_id, list_id, source_name, status, total_videos, current_video, causes, seq, state, \
         last_event_at, run_at, created_at, updated_at, ended_at) \
         SELECT id, $1, $2, 'bench', 'completed', 1000, 1000, '{{}}', 1000, {state}, now(), now(), now(), now(), now() FROM ids RETURNING id"
    );
    let ids: Vec<Uuid> = sqlx::query_scalar(sqlx::AssertSqlSafe(insert_jobs))
        .bind(person.id)
        .bind(list_id)
        .bind(i32::try_from(jobs)?)
        .fetch_all(&mut connection)
        .await?;
    let insert_events = "INSERT INTO job_progress_events (job_id, created_at, progress_data) \
         SELECT j.id, timestamptz '2026-01-01' + n * interval '1 millisecond', jsonb_build_object('job_id', j.id, 'status', 'processing', \
         'progress', n / 10, 'current_video', n, 'total_videos', 1000, 'message', 'Processing video ' || n || '/1000', 'seq', n, \
         'created_at', to_char(timestamp '2026-01-01' + n * interval '1 millisecond', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')) \
         FROM processing_jobs j, generate_series(1, $1::int) n";
    sqlx::query(insert_events).bind(i32::try_from(EVENTS_PER_JOB)?).execute(&mut connection).await?;
    sqlx::query("ANALYZE").execute(&mut connection).await?;
    Ok(ids)
}
