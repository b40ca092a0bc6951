//! Requests for a job's history after a disconnect, and the next page of a long answer.

use uuid::Uuid;

use super::Card;
use crate::wire::Timestamp;

/// A request to `GET /api/jobs/{job_id}/progress-history`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryRequest {
    pub job_id: Uuid,
    /// Only events after this instant: the `created_at` of the newest known state, as received.
    pub since: Option<Timestamp>,
    /// Only events with a higher `seq`.
    pub after_seq: Option<u64>,
}

impl HistoryRequest {
    /// A card that is known to miss failures, or whose state is not from our worker, needs the whole history.
    pub(super) fn for_card(card: &Card) -> Self {
        let state = &card.state;
        let whole = state.seq.is_none() || card.misses_failures();
        let (since, after_seq) = match (whole, state.created_at) {
            (true, _) => (None, Some(0)),
            (false, Some(created_at)) => (Some(created_at), None),
            (false, None) => (None, state.seq),
        };
        Self { job_id: state.job_id, since, after_seq }
    }

    /// The query string without `?`. Neither value needs escaping.
    pub fn query(&self) -> String {
        let since = self.since.map(|since| format!("since={since}"));
        let after_seq = self.after_seq.map(|seq| format!("after_seq={seq}"));
        since.into_iter().chain(after_seq).collect::<Vec<_>>().join("&")
    }
}

/// The query string of the `next` link in a `Link` header (RFC 8288). Only the query, so that the header cannot lead the request to another
/// host.
pub fn next_query(header: &str) -> Option<&str> {
    header.split(',').find_map(|link| {
        let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
        let next = parameters.split(';').any(|parameter| matches!(parameter.trim(), "rel=\"next\"" | "rel=next"));
        target.split_once('?').filter(|_| next).map(|(_, query)| query)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::board::tests::update;

    fn card(change: impl FnOnce(&mut Card)) -> HistoryRequest {
        let mut card = Card { state: update(1, 7), failures: Vec::new() };
        change(&mut card);
        HistoryRequest::for_card(&card)
    }

    #[test]
    fn request_repeats_created_at_as_it_was_received() {
        let text = "2026-11-22T18:20:00.100000Z";
        let ask = card(|card| card.state.created_at = text.parse().ok());
        assert_eq!(ask.query(), format!("since={text}"));
    }

    #[test]
    fn request_uses_seq_if_there_is_no_created_at() {
        assert_eq!(card(|card| card.state.created_at = None).query(), "after_seq=7");
    }

    #[test]
    fn request_asks_for_everything_after_missed_failures_or_an_update_without_seq() {
        assert_eq!(card(|card| card.state.failed_videos = Some(1)).query(), "after_seq=0");
        assert_eq!(card(|card| card.state.seq = None).query(), "after_seq=0");
        let seen = card(|card| {
            card.state.failed_videos = Some(2);
            card.failures = vec![1, 3];
        });
        assert!(seen.since.is_some() && seen.after_seq.is_none());
    }

    #[test]
    fn next_query_is_found_among_other_links() {
        assert_eq!(next_query("</api/jobs/1/progress-history?after_seq=9&limit=1000>; rel=\"next\""), Some("after_seq=9&limit=1000"));
        assert_eq!(next_query("<https://elsewhere.example/x?a=1>; rel=next"), Some("a=1"));
        assert_eq!(next_query("</a?x=1>; rel=\"prev\", </a?x=3>; title=\"t\"; rel=\"next\""), Some("x=3"));
        for none in ["", "</a>; rel=\"next\"", "</a?x=1>", "</a?x=1>; rel=\"prev\"", "a?x=1; rel=\"next\"", "<a?x=1; rel=next"] {
            assert_eq!(next_query(none), None, "{none}");
        }
    }
}
