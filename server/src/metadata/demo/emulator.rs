//! The emulator: answers as YouTube's two endpoints do, in their shapes and with their statuses.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Json, Router,
    extract::{Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    answers,
    scenario::{Outage, Scenario},
    video::{EmulatedVideo, at_speed, emulated_video, is_throttled, latency},
};

/// From this speed on, a 429 says `Retry-After: 0`: it can only name whole seconds.
const ZERO_RETRY_AFTER_SPEED: f64 = 2.0;
/// Of the `api` endpoint, at speed 1.
const VIDEOS_PER_SECOND: f64 = 8.0;
/// As in YouTube's documentation.
const MAX_IDS: usize = 50;
/// More than any worker has in flight.
const MAX_THROTTLED_IDS: usize = 10_000;

#[derive(Clone)]
struct Emulator {
    speed: f64,
    /// Ids that got their 429; the next call for one of them is answered.
    throttled: Arc<Mutex<HashSet<String>>>,
    outage: Option<Outage>,
}

pub(super) fn router(speed: f64, outage: Option<Outage>) -> Router {
    let emulator = Emulator { speed, throttled: Arc::default(), outage };
    Router::new().route("/oembed", get(oembed)).route("/youtube/v3/videos", get(videos)).with_state(emulator)
}

impl Emulator {
    /// True for every other call for an id that is throttled.
    fn throttles_once(&self, id: &str) -> bool {
        if !is_throttled(id) {
            return false;
        }
        let mut throttled = self.throttled.lock().unwrap_or_else(PoisonError::into_inner);
        if throttled.len() >= MAX_THROTTLED_IDS {
            throttled.clear();
        }
        !throttled.remove(id) && throttled.insert(id.to_owned())
    }

    fn too_many_requests(&self) -> Response {
        let seconds = if self.speed < ZERO_RETRY_AFTER_SPEED { "1" } else { "0" };
        (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, seconds)], "Too Many Requests").into_response()
    }
}

#[derive(Deserialize)]
struct OembedQuery {
    url: String,
}

async fn oembed(State(emulator): State<Emulator>, Query(query): Query<OembedQuery>) -> Response {
    let Ok(id) = crate::import::parse_video_id(&query.url) else { return (StatusCode::BAD_REQUEST, "Bad Request").into_response() };
    if let Some(outage) = emulator.outage {
        return answers::response_for_outage(outage);
    }
    if let Some(scenario) = Scenario::for_id(&id) {
        return answers::response_for_scenario(scenario).await;
    }
    if emulator.throttles_once(&id) {
        return emulator.too_many_requests();
    }
    tokio::time::sleep(latency(&id, emulator.speed)).await;
    match emulated_video(&id) {
        EmulatedVideo::Public { is_embeddable: false, .. } => (StatusCode::UNAUTHORIZED, "Unauthorized").into_response(),
        EmulatedVideo::Public { title, channel, .. } => Json(json!({
            "title": title, "author_name": channel, "author_url": "https://www.youtube.com/@demo", "type": "video", "version": "1.0",
            "provider_name": "YouTube", "provider_url": "https://www.youtube.com/", "height": 113, "width": 200,
        }))
        .into_response(),
        EmulatedVideo::Private => (StatusCode::FORBIDDEN, "Forbidden").into_response(),
        EmulatedVideo::Deleted => (StatusCode::NOT_FOUND, "Not Found").into_response(),
    }
}

#[derive(Deserialize)]
struct VideosQuery {
    id: String,
    key: String,
}

async fn videos(State(emulator): State<Emulator>, Query(query): Query<VideosQuery>) -> Response {
    let ids: Vec<&str> = query.id.split(',').collect();
    if ids.len() > MAX_IDS || query.key.is_empty() {
        return (StatusCode::BAD_REQUEST, Json(json!({"error": {"code": 400, "errors": [{"reason": "badRequest"}]}}))).into_response();
    }
    if let Some(refusal) = answers::response_for_key(&query.key) {
        return refusal;
    }
    if let Some(outage) = emulator.outage {
        return answers::response_for_outage(outage);
    }
    if let Some(scenario) = ids.iter().filter_map(|id| Scenario::for_id(id)).find(|scenario| !scenario.is_about_video()) {
        return answers::response_for_scenario(scenario).await;
    }
    if emulator.throttles_once(ids[0]) {
        return emulator.too_many_requests();
    }
    tokio::time::sleep(at_speed(Duration::from_secs_f64(ids.len() as f64 / VIDEOS_PER_SECOND), emulator.speed)).await;
    let items: Vec<Value> = ids.iter().filter_map(|id| item(id)).collect();
    Json(json!({"kind": "youtube#videoListResponse", "pageInfo": {"totalResults": items.len(), "resultsPerPage": items.len()}, "items": items}))
        .into_response()
}

/// `None` for what is private or deleted: YouTube leaves it out.
fn item(id: &str) -> Option<Value> {
    let EmulatedVideo::Public { title, channel, duration_seconds, is_embeddable } = emulated_video(id) else { return None };
    Some(json!({
        "kind": "youtube#video", "id": id,
        "snippet": {"title": title, "channelTitle": channel},
        "contentDetails": {"duration": format!("PT{}H{}M{}S", duration_seconds / 3600, duration_seconds / 60 % 60, duration_seconds % 60)},
        "status": {"uploadStatus": "processed", "privacyStatus": "public", "embeddable": is_embeddable},
    }))
}
