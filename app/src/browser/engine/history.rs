//! Fetches the progress that active cards missed while the socket was closed.

use std::rc::Rc;

use futures::{StreamExt, stream};
use gloo_timers::future::TimeoutFuture;
use wasm_bindgen_futures::spawn_local;

use super::{Engine, page, redirect_if_signed_out, rest};
use crate::progress::{Backoff, HistoryRequest};

/// Browsers open at most six HTTP/1.1 connections per server; leave some for the user.
const MAX_CONCURRENT_REQUESTS: usize = 4;

pub(super) fn request(engine: &Rc<Engine>, requests: Vec<HistoryRequest>) {
    if requests.is_empty() {
        return;
    }
    let engine = engine.clone();
    spawn_local(async move {
        let attempt = engine.connection.borrow().open_attempt();
        stream::iter(requests).for_each_concurrent(MAX_CONCURRENT_REQUESTS, |request| fetch_history(engine.clone(), request, attempt)).await;
    });
}

/// Retries while this connection is open; the next connection requests again anyway.
async fn fetch_history(engine: Rc<Engine>, request: HistoryRequest, attempt: Option<u32>) {
    let mut backoff = Backoff::default();
    while attempt.is_some() && engine.connection.borrow().open_attempt() == attempt {
        match rest::history(request.job_id, request.since, request.after_seq).await {
            Ok(states) => {
                engine.change(|board, now_ms, changes| states.into_iter().for_each(|state| changes.add(board.apply(state, now_ms))));
                return;
            }
            // Deleted, or another account has signed in meanwhile.
            Err(problem) if matches!(problem.status, 403 | 404) => {
                engine.change(|board, now_ms, changes| changes.add(board.remove(request.job_id, now_ms)));
                return;
            }
            Err(problem) if problem.is_signed_out() => {
                redirect_if_signed_out(&problem);
                return;
            }
            Err(_) => TimeoutFuture::new(backoff.pause(page::random())).await,
        }
    }
}
