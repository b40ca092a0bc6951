//! How often one client may ask: a bucket of requests each, which refills as time goes by. Kept in memory, for this process alone;
//! guesses at passwords are counted in the database (`auth::limits`).

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    extract::{FromRequestParts, Request, State},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use tokio::time::Instant;

use crate::{
    auth::limits::Client,
    config::{Settings, Switch},
    error::AppError,
};

/// Seconds' worth of requests that may come at once: a page with all that it loads, tabs that return together after an outage.
const BURST_SECONDS: f64 = 10.0;
/// Clients remembered, which takes a few MB. Beyond, those whose buckets are full are forgotten; where none is, all are.
const MOST_CLIENTS: usize = 20_000;

/// The buckets of this process.
pub(super) struct RequestRate {
    settings: Arc<Settings>,
    buckets: Mutex<HashMap<String, Bucket>>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Bucket {
    left: f64,
    at: Instant,
}

impl Bucket {
    /// What is in it by now.
    fn refilled(self, now: Instant, per_second: f64) -> Self {
        let gained = now.saturating_duration_since(self.at).as_secs_f64() * per_second;
        Self { left: (self.left + gained).min(per_second * BURST_SECONDS), at: now }
    }
}

impl RequestRate {
    pub(super) fn new(settings: Arc<Settings>) -> Arc<Self> {
        Arc::new(Self { settings, buckets: Mutex::default() })
    }

    /// Takes one request out of the client's bucket; false where it is empty.
    fn take(&self, client: String, now: Instant) -> bool {
        let per_second = f64::from(self.settings.requests_per_second);
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MOST_CLIENTS && !buckets.contains_key(&client) {
            buckets.retain(|_, bucket| bucket.refilled(now, per_second).left < per_second * BURST_SECONDS);
            if buckets.len() >= MOST_CLIENTS {
                // Too lax for a moment, rather than closed to everybody new.
                buckets.clear();
            }
        }
        let bucket = buckets.entry(client).or_insert(Bucket { left: per_second * BURST_SECONDS, at: now });
        *bucket = bucket.refilled(now, per_second);
        let takes = bucket.left >= 1.0;
        if takes {
            bucket.left -= 1.0;
        }
        takes
    }
}

/// Answers 429 `too_many_requests` to a client that asks more often than it may.
pub(super) async fn check(State(rate): State<Arc<RequestRate>>, request: Request, next: Next) -> Response {
    if rate.settings.rate_limits == Switch::Off {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let Ok(client) = Client::from_request_parts(&mut parts, &rate.settings).await;
    if rate.take(client.place(), Instant::now()) {
        return next.run(Request::from_parts(parts, body)).await;
    }
    metrics::counter!("playmarks_requests_refused_total").increment(1);
    let detail = "Too many requests have come from your address. Wait a second, then try again.";
    AppError::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", detail).retry_after(1).into_response()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn rate(requests_per_second: u32) -> Arc<RequestRate> {
        RequestRate::new(Arc::new(Settings { requests_per_second, ..Settings::defaults() }))
    }

    #[test]
    fn a_bucket_empties_and_refills_for_one_client_alone() {
        let (rate, start) = (rate(2), Instant::now());
        let takes = |client: &str, now: Instant| (0..100).take_while(|_| rate.take(client.into(), now)).count();
        assert_eq!(takes("a", start), 20);
        assert_eq!(takes("a", start), 0);
        assert_eq!(takes("b", start), 20);
        assert_eq!(takes("a", start + Duration::from_millis(1_600)), 3);
        assert_eq!(takes("a", start + Duration::from_secs(3_600)), 20, "never more than a full one");
    }

    #[test]
    fn as_many_clients_as_come_are_not_all_remembered() {
        let (rate, start) = (rate(1), Instant::now());
        for n in 0..MOST_CLIENTS {
            assert!(rate.take(n.to_string(), start));
        }
        while rate.take("0".into(), start) {}
        let later = start + Duration::from_secs(2);
        assert!(rate.take("new".into(), later));
        assert_eq!(rate.buckets.lock().unwrap().len(), 2, "who has asked for nothing lately is forgotten, who has emptied a bucket is not");
        for n in 0..2 * MOST_CLIENTS {
            assert!(rate.take(format!("flood {n}"), later));
        }
        assert!(rate.buckets.lock().unwrap().len() <= MOST_CLIENTS);
    }
}
