//! Fetches what happened to active cards while the socket was closed.

use std::rc::Rc;

use futures::{StreamExt, stream};
use gloo_timers::future::TimeoutFuture;
use wasm_bindgen_futures::spawn_local;

use super::{Engine, leave_if_signed_out, page, rest};
use crate::progress::{Backoff, CatchUp};

/// Browsers open at most six HTTP/1.1 connections per server; leave some for the user.
const MAX_CONCURRENT_REQUESTS: usize = 4;

pub(super) fn ask(engine: &Rc<Engine>, asks: Vec<CatchUp>) {
    if asks.is_empty() {
        return;
    }
    let engine = engine.clone();
    spawn_local(async move {
        let attempt = engine.connection.borrow().open_attempt();
        stream::iter(asks).for_each_concurrent(MAX_CONCURRENT_REQUESTS, |ask| fetch_history(engine.clone(), ask, attempt)).await;
    });
}

/// Retries while this connection is open; the next connection asks again anyway.
async fn fetch_history(engine: Rc<Engine>, ask: CatchUp, attempt: Option<u32>) {
    let mut backoff = Backoff::default();
    while attempt.is_some() && engine.connection.borrow().open_attempt() == attempt {
        match rest::history(ask.job_id, ask.since, ask.after_seq).await {
            Ok(states) => {
                engine.change(|board, now_ms, changes| states.into_iter().for_each(|state| changes.add(board.apply(state, now_ms))));
                return;
            }
            // Deleted, or another account has signed in meanwhile.
            Err(problem) if matches!(problem.status, 403 | 404) => {
                engine.change(|board, now_ms, changes| changes.add(board.remove(ask.job_id, now_ms)));
                return;
            }
            Err(problem) if problem.is_signed_out() => {
                leave_if_signed_out(&problem);
                return;
            }
            Err(_) => TimeoutFuture::new(backoff.pause(page::random())).await,
        }
    }
}
