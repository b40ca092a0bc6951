//! What another user still gets while one does the worst that limits allow, beside what he gets when nobody else is there.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use anyhow::ensure;
use clap::Args;
use futures::future::try_join_all;
use reqwest::{Client, Method, RequestBuilder, multipart};
use serde_json::json;
use uuid::Uuid;

use crate::{
    import::takeout_csv,
    server::{Environment, Layout, Server},
    stats::{Latencies, print_row},
    user::User,
};

#[derive(Args)]
pub(crate) struct Options {
    /// Videos in the list of the one, and lines in its receipt.
    #[arg(long, default_value_t = 200_000)]
    lines: usize,
    /// Requests of the other for each row of the table.
    #[arg(long, default_value_t = 1000)]
    requests: usize,
    /// Requests that the one sends at once.
    #[arg(long, default_value_t = 16)]
    at_once: usize,
}

/// What the one does.
enum Kind {
    Nothing,
    Lists,
    ReceiptSearches,
    ListSearches,
    Exports,
    Changes,
    Imports,
    WrongPasswords,
    Deletion,
}

impl Kind {
    const ALL: [(Self, &str); 9] = [
        (Self::Nothing, "nothing (baseline)"),
        (Self::Lists, "reading all lists"),
        (Self::ReceiptSearches, "searches of a receipt"),
        (Self::ListSearches, "searches of a list"),
        (Self::Exports, "exports"),
        (Self::Changes, "changes of one list"),
        (Self::Imports, "imports"),
        (Self::WrongPasswords, "sign-ins with wrong passwords"),
        (Self::Deletion, "deletion of the list"),
    ];
}

/// Measures each kind on one database.
pub(crate) async fn run(environment: &Environment, layout: Layout, options: &Options) -> anyhow::Result<()> {
    let server = Server::start(environment, layout).await?;
    let client = Client::new();
    let (one, other) = (User::sign_up(&client, &server.base_url).await?, User::sign_up(&client, &server.base_url).await?);
    let list = one.create_list("large").await?;
    let job: Uuid = serde_json::from_value(one.import(list, takeout_csv(options.lines)).await?["job_id"].take())?;
    one.send(Method::POST, &format!("jobs/{job}/cancel"), |request| request).await?;
    let mine = other.create_list("mine").await?;
    for (kind, name) in Kind::ALL {
        let over = AtomicBool::new(false);
        let worst = async {
            let clients = (0..options.at_once).map(async |_| {
                let mut statuses = Vec::new();
                while !over.load(Ordering::Relaxed)
                    && let Some(status) = do_worst(&kind, &one, list, job, options.lines).await?
                {
                    statuses.push(status);
                }
                anyhow::Ok(statuses)
            });
            try_join_all(clients).await
        };
        let measured = async {
            let measured = measure(&other, mine, options.requests).await;
            over.store(true, Ordering::Relaxed);
            measured
        };
        let (done, measured) = tokio::join!(worst, measured);
        let statuses = done?.concat();
        let count = |wanted: &dyn Fn(u16) -> bool| statuses.iter().filter(|status| wanted(**status)).count();
        let (succeeded, refused, failed) = (count(&|status| status < 300), count(&|status| status == 429), count(&|status| status >= 500));
        if !statuses.is_empty() {
            let figure = format!("{} answers: {succeeded} × 2xx, {refused} × 429, {failed} × 5xx", statuses.len());
            print_row(format!("the one's own requests: {name}, {}", layout.database_name()), figure);
        }
        for (what, Answers { latencies, errors }) in ["reads", "changes"].into_iter().zip(measured?) {
            print_row(
                format!("another user's {what} during {name}, {}", layout.database_name()),
                format!("{}; {errors} × 5xx", Latencies::new(latencies).summary()),
            );
        }
    }
    Ok(())
}

/// Sends one request and returns the status of the answer; `None` if there is nothing more to do.
async fn do_worst(kind: &Kind, one: &User, list: Uuid, job: Uuid, lines: usize) -> anyhow::Result<Option<u16>> {
    let get = async |path: String| one.send(Method::GET, &path, |request| request).await;
    let status = match kind {
        Kind::Nothing => return Ok(None),
        Kind::Lists => get("lists".to_owned()).await?,
        Kind::ReceiptSearches => get(format!("jobs/{job}/items?q=nowhere")).await?,
        Kind::ListSearches => get(format!("lists/{list}/videos?q=nowhere")).await?,
        Kind::Exports => get(format!("lists/{list}/export?format=csv")).await?,
        Kind::Changes => {
            let name = json!({ "name": "large" });
            one.send(Method::PATCH, &format!("lists/{list}"), |request| request.json(&name)).await?
        }
        Kind::Imports => {
            let file = || multipart::Form::new().part("file", multipart::Part::bytes(takeout_csv(lines / 4)).file_name("bench.csv"));
            one.send(Method::POST, &format!("lists/{list}/videos/bulk"), |request| request.multipart(file())).await?
        }
        Kind::WrongPasswords => {
            let guess = json!({ "email": "nobody@example.org", "password": "not this one" });
            one.send(Method::POST, "auth/login", |request| request.json(&guess)).await?
        }
        Kind::Deletion => {
            let status = one.send(Method::DELETE, &format!("lists/{list}"), |request| request).await?;
            return Ok((status < 300).then_some(status));
        }
    };
    Ok(Some(status))
}

#[derive(Default)]
struct Answers {
    latencies: Vec<Duration>,
    /// Answers with 5xx.
    errors: u32,
}

/// Two reads, then a change, and again, one after the other. Returns the answers to reads and to changes.
async fn measure(other: &User, list: Uuid, requests: usize) -> anyhow::Result<[Answers; 2]> {
    let (mut reads, mut changes) = (Answers::default(), Answers::default());
    let name = json!({ "name": "still mine" });
    for n in 0..requests {
        let (method, path, answers) = match n % 3 {
            0 => (Method::GET, "lists".to_owned(), &mut reads),
            1 => (Method::GET, "jobs?state=recent".to_owned(), &mut reads),
            _ => (Method::PATCH, format!("lists/{list}"), &mut changes),
        };
        let is_change = method == Method::PATCH;
        let add_body = |request: RequestBuilder| if is_change { request.json(&name) } else { request };
        let start = Instant::now();
        let status = other.send(method, &path, add_body).await?;
        answers.latencies.push(start.elapsed());
        ensure!(!(400..500).contains(&status), "another user's request was refused with {status}");
        answers.errors += u32::from(status >= 500);
    }
    Ok([reads, changes])
}
