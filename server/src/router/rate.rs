//! How often one client may ask: a bucket of requests each, which refills as time goes by. Kept in memory, for this process alone;
//! guesses at passwords are counted in the database (`auth::limits`).

use std::{
    num::NonZeroU32,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    extract::{FromRequestParts, Request, State},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::NoOpMiddleware,
    state::keyed::HashMapStateStore,
};

use crate::{
    auth::limits::Client,
    config::{Settings, Switch},
    error::AppError,
};

/// Seconds' worth of requests that may come at once: a page with all that it loads, tabs that return together after an outage.
const BURST_SECONDS: u32 = 10;
/// Clients remembered, which takes a few MB. Beyond, those whose buckets are full are forgotten; where none is, all are.
const MAX_CLIENTS: usize = 20_000;

type Limiter<C> = RateLimiter<String, HashMapStateStore<String>, C, NoOpMiddleware<<C as Clock>::Instant>>;

/// The buckets of this process.
pub(super) struct RequestRate<C: Clock = DefaultClock> {
    settings: Arc<Settings>,
    clock: C,
    limiter: Mutex<Limiter<C>>,
}

impl<C: Clock + Clone> RequestRate<C> {
    pub(super) fn new(settings: Arc<Settings>, clock: C) -> Arc<Self> {
        let limiter = Mutex::new(limiter(&settings, clock.clone()));
        Arc::new(Self { settings, clock, limiter })
    }

    /// Takes one request out of the client's bucket; false where it is empty.
    fn allows(&self, client: &String) -> bool {
        let mut buckets = self.limiter.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MAX_CLIENTS {
            buckets.retain_recent();
            if buckets.len() >= MAX_CLIENTS {
                // Too lax for a moment, rather than closed to everybody new.
                *buckets = limiter(&self.settings, self.clock.clone());
            }
        }
        buckets.check_key(client).is_ok()
    }
}

fn limiter<C: Clock>(settings: &Settings, clock: C) -> Limiter<C> {
    let per_second = NonZeroU32::new(settings.requests_per_second).unwrap_or(NonZeroU32::MIN);
    let burst = per_second.saturating_mul(NonZeroU32::MIN.saturating_add(BURST_SECONDS - 1));
    RateLimiter::hashmap_with_clock(Quota::per_second(per_second).allow_burst(burst), clock)
}

/// Answers 429 `too_many_requests` to a client that asks more often than it may.
pub(super) async fn check(State(rate): State<Arc<RequestRate>>, request: Request, next: Next) -> Response {
    if rate.settings.rate_limits == Switch::Off {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let Ok(client) = Client::from_request_parts(&mut parts, &rate.settings).await;
    if rate.allows(&client.network()) {
        return next.run(Request::from_parts(parts, body)).await;
    }
    metrics::counter!("playmarks_requests_refused_total").increment(1);
    let detail = "Too many requests have come from your address. Wait a second, then try again.";
    AppError::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", detail).retry_after(1).into_response()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use governor::clock::FakeRelativeClock;

    use super::*;

    fn rate(requests_per_second: u32, clock: &FakeRelativeClock) -> Arc<RequestRate<FakeRelativeClock>> {
        RequestRate::new(Arc::new(Settings { requests_per_second, ..Settings::defaults() }), clock.clone())
    }

    #[test]
    fn a_bucket_empties_and_refills_for_one_client_alone() {
        let clock = FakeRelativeClock::default();
        let rate = rate(2, &clock);
        let allowed = |client: &str| (0..100).take_while(|_| rate.allows(&client.into())).count();
        assert_eq!(allowed("a"), 20);
        assert_eq!(allowed("a"), 0);
        assert_eq!(allowed("b"), 20);
        clock.advance(Duration::from_millis(1_600));
        assert_eq!(allowed("a"), 3);
        clock.advance(Duration::from_secs(3_600));
        assert_eq!(allowed("a"), 20, "never more than a full one");
    }

    #[test]
    fn as_many_clients_as_come_are_not_all_remembered() {
        let clock = FakeRelativeClock::default();
        let rate = rate(1, &clock);
        for n in 0..MAX_CLIENTS {
            assert!(rate.allows(&n.to_string()));
        }
        while rate.allows(&"0".into()) {}
        clock.advance(Duration::from_secs(5));
        assert!(rate.allows(&"new".into()));
        let remembered = || rate.limiter.lock().unwrap().len();
        assert_eq!(remembered(), 2, "who has asked for nothing lately is forgotten, who has emptied a bucket is not");
        for n in 0..2 * MAX_CLIENTS {
            assert!(rate.allows(&format!("flood {n}")));
        }
        assert!(remembered() <= MAX_CLIENTS);
    }
}
