//! Requests per second of one client, counted in memory, per process. Attempts at passwords are counted in the database (`auth::limits`).

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

/// A client may send the requests of this many seconds at once: a page loads several files, and all tabs reconnect after an outage.
const BURST_SECONDS: u32 = 10;
/// Bounds memory to a few MB. At this number, clients without recent requests are dropped; if there are none, all are.
const MAX_CLIENTS: usize = 20_000;

type Limiter<C> = RateLimiter<String, HashMapStateStore<String>, C, NoOpMiddleware<<C as Clock>::Instant>>;

pub(super) struct ClientRateLimiter<C: Clock = DefaultClock> {
    settings: Arc<Settings>,
    clock: C,
    limiter: Mutex<Limiter<C>>,
}

impl<C: Clock + Clone> ClientRateLimiter<C> {
    pub(super) fn new(settings: Arc<Settings>, clock: C) -> Arc<Self> {
        let limiter = Mutex::new(new_limiter(&settings, clock.clone()));
        Arc::new(Self { settings, clock, limiter })
    }

    /// Counts a request of this client, and whether it is allowed.
    fn allows(&self, client: &String) -> bool {
        let mut limiter = self.limiter.lock().unwrap_or_else(PoisonError::into_inner);
        if limiter.len() >= MAX_CLIENTS {
            limiter.retain_recent();
            if limiter.len() >= MAX_CLIENTS {
                // Rather too lax for a moment than closed to all new clients.
                *limiter = new_limiter(&self.settings, self.clock.clone());
            }
        }
        limiter.check_key(client).is_ok()
    }
}

fn new_limiter<C: Clock>(settings: &Settings, clock: C) -> Limiter<C> {
    let per_second = NonZeroU32::new(settings.requests_per_second).unwrap_or(NonZeroU32::MIN);
    let burst = per_second.saturating_mul(NonZeroU32::MIN.saturating_add(BURST_SECONDS - 1));
    RateLimiter::hashmap_with_clock(Quota::per_second(per_second).allow_burst(burst), clock)
}

/// Middleware that responds 429 `too_many_requests` above the limit.
pub(super) async fn check(State(limiter): State<Arc<ClientRateLimiter>>, request: Request, next: Next) -> Response {
    if limiter.settings.rate_limits == Switch::Off {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let Ok(client) = Client::from_request_parts(&mut parts, &limiter.settings).await;
    if limiter.allows(&client.network()) {
        return next.run(Request::from_parts(parts, body)).await;
    }
    metrics::counter!("playmarks_requests_refused_total").increment(1);
    let detail = "There were too many requests from your address. Wait a second, then try again.";
    AppError::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", detail).retry_after(1).into_response()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use governor::clock::FakeRelativeClock;

    use super::*;

    fn limiter_of(requests_per_second: u32, clock: &FakeRelativeClock) -> Arc<ClientRateLimiter<FakeRelativeClock>> {
        ClientRateLimiter::new(Arc::new(Settings { requests_per_second, ..Settings::defaults() }), clock.clone())
    }

    #[test]
    fn client_is_refused_when_its_burst_is_used_up_and_others_are_not() {
        let clock = FakeRelativeClock::default();
        let limiter = limiter_of(2, &clock);
        let allowed = |client: &str| (0..100).take_while(|_| limiter.allows(&client.into())).count();
        assert_eq!(allowed("a"), 20);
        assert_eq!(allowed("a"), 0);
        assert_eq!(allowed("b"), 20);
        clock.advance(Duration::from_millis(1_600));
        assert_eq!(allowed("a"), 3);
        clock.advance(Duration::from_secs(3_600));
        assert_eq!(allowed("a"), 20, "never more than one burst");
    }

    #[test]
    fn number_of_clients_is_bounded_however_many_come() {
        let clock = FakeRelativeClock::default();
        let limiter = limiter_of(1, &clock);
        for n in 0..MAX_CLIENTS {
            assert!(limiter.allows(&n.to_string()));
        }
        while limiter.allows(&"0".into()) {}
        clock.advance(Duration::from_secs(5));
        assert!(limiter.allows(&"new".into()));
        let clients = || limiter.limiter.lock().unwrap().len();
        assert_eq!(clients(), 2, "only clients without recent requests are dropped");
        for n in 0..2 * MAX_CLIENTS {
            assert!(limiter.allows(&format!("flood {n}")));
        }
        assert!(clients() <= MAX_CLIENTS);
    }
}
