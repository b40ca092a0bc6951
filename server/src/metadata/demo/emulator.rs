//! The emulator itself: answers as YouTube's two end points do, in their shapes and with their statuses.

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

use super::fate::{Fate, fate, is_throttled, pace, scaled};

/// At this speed and above, a 429 asks for no pause: it can only name whole seconds.
const IMPATIENT_FROM: f64 = 2.0;
/// At speed 1, the `api` end point answers so many videos a second.
const VIDEOS_A_SECOND: f64 = 8.0;
/// Ids one call may have, by the real one's documentation.
const BATCH: usize = 50;
/// Refused ids that are remembered; more than any worker has in flight.
const MAX_REFUSED: usize = 10_000;

#[derive(Clone)]
struct Emulator {
    speed: f64,
    /// Ids that had their 429 and are to be answered when they come again.
    refused: Arc<Mutex<HashSet<String>>>,
}

/// Both end points.
pub(super) fn router(speed: f64) -> Router {
    let emulator = Emulator { speed, refused: Arc::default() };
    Router::new().route("/oembed", get(oembed)).route("/youtube/v3/videos", get(videos)).with_state(emulator)
}

impl Emulator {
    /// True for each first of two calls for an id whose fate that is.
    fn refuses(&self, id: &str) -> bool {
        if !is_throttled(id) {
            return false;
        }
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        if refused.len() >= MAX_REFUSED {
            refused.clear();
        }
        !refused.remove(id) && refused.insert(id.to_owned())
    }

    fn too_many(&self) -> Response {
        let seconds = if self.speed < IMPATIENT_FROM { "1" } else { "0" };
        (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, seconds)], "Too Many Requests").into_response()
    }
}

#[derive(Deserialize)]
struct OembedQuery {
    url: String,
}

async fn oembed(State(emulator): State<Emulator>, Query(query): Query<OembedQuery>) -> Response {
    let Ok(id) = crate::import::parse_video(&query.url) else { return (StatusCode::BAD_REQUEST, "Bad Request").into_response() };
    if emulator.refuses(&id) {
        return emulator.too_many();
    }
    tokio::time::sleep(pace(&id, emulator.speed)).await;
    match fate(&id) {
        Fate::Ok { is_embeddable: false, .. } => (StatusCode::UNAUTHORIZED, "Unauthorized").into_response(),
        Fate::Ok { title, channel, .. } => Json(json!({
            "title": title, "author_name": channel, "author_url": "https://www.youtube.com/@demo", "type": "video", "version": "1.0",
            "provider_name": "YouTube", "provider_url": "https://www.youtube.com/", "height": 113, "width": 200,
        }))
        .into_response(),
        Fate::Private => (StatusCode::FORBIDDEN, "Forbidden").into_response(),
        Fate::Deleted => (StatusCode::NOT_FOUND, "Not Found").into_response(),
    }
}

#[derive(Deserialize)]
struct VideosQuery {
    id: String,
    key: String,
}

async fn videos(State(emulator): State<Emulator>, Query(query): Query<VideosQuery>) -> Response {
    let ids: Vec<&str> = query.id.split(',').collect();
    if ids.len() > BATCH || query.key.is_empty() {
        return (StatusCode::BAD_REQUEST, Json(json!({"error": {"code": 400, "errors": [{"reason": "badRequest"}]}}))).into_response();
    }
    if emulator.refuses(ids[0]) {
        return emulator.too_many();
    }
    tokio::time::sleep(scaled(Duration::from_secs_f64(ids.len() as f64 / VIDEOS_A_SECOND), emulator.speed)).await;
    let items: Vec<Value> = ids.iter().filter_map(|id| item(id)).collect();
    Json(json!({"kind": "youtube#videoListResponse", "pageInfo": {"totalResults": items.len(), "resultsPerPage": items.len()}, "items": items}))
        .into_response()
}

/// The real one leaves out what is private or deleted.
fn item(id: &str) -> Option<Value> {
    let Fate::Ok { title, channel, duration_seconds, is_embeddable } = fate(id) else { return None };
    Some(json!({
        "kind": "youtube#video", "id": id,
        "snippet": {"title": title, "channelTitle": channel},
        "contentDetails": {"duration": format!("PT{}H{}M{}S", duration_seconds / 3600, duration_seconds / 60 % 60, duration_seconds % 60)},
        "status": {"uploadStatus": "processed", "privacyStatus": "public", "embeddable": is_embeddable},
    }))
}
