//! `GET /api/jobs/{id}/progress-history`: the events that a client missed. A bare array; `Link` leads to the next page.

use app::wire::{ProgressUpdate, Timestamp};
use axum::{
    extract::State,
    http::{HeaderName, HeaderValue, StatusCode, header},
};
use serde::Deserialize;
use uuid::Uuid;

use super::{Json, Path, Query};
use crate::{
    auth::CurrentUser,
    error::{AppError, AppResult},
    state::AppState,
};

const DEFAULT_LIMIT: u32 = 1000;
const MAX_LIMIT: u32 = 5000;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct HistoryQuery {
    since: Option<String>,
    after_seq: Option<u64>,
    limit: Option<u32>,
}

type NextLink = Option<[(HeaderName, HeaderValue); 1]>;

pub(super) async fn history(
    State(state): State<AppState>,
    user: CurrentUser,
    Path(id): Path<Uuid>,
    Query(query): Query<HistoryQuery>,
) -> AppResult<(NextLink, Json<Vec<ProgressUpdate>>)> {
    let since = query.since.as_deref().map(parse_since).transpose()?;
    let limit = query.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT);
    // The database stores `seq` as an i64.
    let after_seq = query.after_seq.map(|seq| seq.min(i64::MAX as u64));
    // One more than requested tells whether there is a next page.
    let mut events = state.store.history(user.account.id, id, since, after_seq, limit + 1).await?;
    let has_more = events.len() > limit as usize;
    events.truncate(limit as usize);
    let next = if has_more { next_link(id, &events, limit)? } else { None };
    Ok((next, Json(events)))
}

/// Accepts a space for the `+` of a time zone, which is what an unescaped `+` in a query means.
fn parse_since(text: &str) -> AppResult<Timestamp> {
    let bad = |_| {
        let detail = "`since` is not a time. Write it like 2026-11-22T18:20:00.123456Z, ideally exactly as it was received.";
        AppError::new(StatusCode::BAD_REQUEST, "bad_since", detail)
    };
    text.parse().or_else(|_| text.replace(' ', "+").parse()).map_err(bad)
}

fn next_link(job_id: Uuid, events: &[ProgressUpdate], limit: u32) -> AppResult<NextLink> {
    let Some(seq) = events.last().and_then(|event| event.seq) else { return Ok(None) };
    let link = format!("</api/jobs/{job_id}/progress-history?after_seq={seq}&limit={limit}>; rel=\"next\"");
    let link = HeaderValue::from_str(&link).map_err(|error| AppError::internal(&error))?;
    Ok(Some([(header::LINK, link)]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job;

    #[test]
    fn next_link_has_only_after_seq_and_limit() {
        let id = Uuid::from_u128(7);
        let mut event = job::pending(id, Uuid::from_u128(8), 3, Timestamp::from_micros(0));
        event.seq = Some(41);
        let [(name, value)] = next_link(id, &[event], 20).unwrap().unwrap();
        assert_eq!(name, header::LINK);
        let expected = "</api/jobs/00000000-0000-0000-0000-000000000007/progress-history?after_seq=41&limit=20>; rel=\"next\"";
        assert_eq!(value, expected);
        assert!(next_link(id, &[], 20).unwrap().is_none());
    }

    #[test]
    fn since_is_parsed_when_it_is_an_rfc_3339_time() {
        let noon = parse_since("2026-11-22T12:00:00Z").unwrap();
        for same in ["2026-11-22T12:00:00.000000Z", "2026-11-22T13:00:00+01:00", "2026-11-22T13:00:00 01:00"] {
            assert_eq!(parse_since(same).unwrap(), noon, "{same}");
        }
        let problem = parse_since("yesterday").unwrap_err().into_problem();
        assert_eq!((problem.status, problem.code.as_ref()), (400, "bad_since"));
    }
}
