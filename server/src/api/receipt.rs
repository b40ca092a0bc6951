//! `GET /api/jobs/{id}/receipt.csv`: all input lines of a job and their outcomes, streamed page by page.

use std::sync::Arc;

use app::wire::{FailureCause, ItemFilter, ItemOutcome, JobItem, Verdict};
use axum::{extract::State, http::HeaderValue, response::Response};
use serde::Deserialize;
use uuid::Uuid;

use super::{Path, Query, download::Download};
use crate::{
    auth::CurrentUser,
    error::{AppError, AppResult},
    export::csv_page,
    state::AppState,
    store::{READ_TIMEOUT, with_timeout},
};

/// Lines in memory at a time.
const PAGE_SIZE: u32 = 1000;
/// Imports know `video` as the name of a column of ids or URLs, so that a corrected receipt can be uploaded.
const COLUMNS: [&str; 6] = ["line", "video", "verdict", "outcome", "cause", "reason"];

/// A filter; without one, all lines.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ReceiptQuery {
    verdict: Option<Verdict>,
    cause: Option<FailureCause>,
    q: Option<String>,
}

pub(super) async fn receipt(
    State(state): State<AppState>,
    user: CurrentUser,
    Path(job_id): Path<Uuid>,
    Query(ReceiptQuery { verdict, cause, q }): Query<ReceiptQuery>,
) -> AppResult<Response> {
    let (store, user_id) = (state.store, user.account.id);
    let filter = ItemFilter { verdict, cause, q, limit: Some(PAGE_SIZE), ..ItemFilter::default() };
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"receipt-{job_id}.csv\"")).map_err(|error| AppError::internal(&error))?;
    let fetch = move |cursor| {
        let (store, filter) = (Arc::clone(&store), ItemFilter { cursor, ..filter.clone() });
        async move { Ok(with_timeout(READ_TIMEOUT, store.items(user_id, job_id, &filter)).await?) }
    };
    Download { content_type: "text/csv; charset=utf-8", disposition, end: "" }.stream_pages(fetch, rows).await
}

fn rows(with_header: bool, items: &[JobItem]) -> Vec<u8> {
    csv_page(with_header, COLUMNS, items, |item| {
        [
            item.line.to_string().into(),
            item.input.as_str().into(),
            item.verdict.as_str().into(),
            item.outcome.map_or("", ItemOutcome::as_str).into(),
            item.cause.map_or("", FailureCause::as_str).into(),
            item.reason.as_deref().unwrap_or_default().into(),
        ]
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::prelude::*;
    use tokio::sync::mpsc;

    use super::*;
    use crate::import::{Entry, Upload};

    fn item(input: &str, reason: Option<&str>) -> JobItem {
        let outcome = Some(ItemOutcome::Failed);
        JobItem {
            line: 3,
            input: input.into(),
            verdict: Verdict::Accepted,
            outcome,
            cause: Some(FailureCause::InvalidId),
            invalid: false,
            reason: reason.map(Into::into),
            video_id: None,
        }
    }

    fn text(with_header: bool, items: &[JobItem]) -> String {
        String::from_utf8(rows(with_header, items)).unwrap()
    }

    #[test]
    fn receipt_escapes_formulas_and_quotes() {
        let items = [item("=HYPERLINK(\"http://evil\")", Some("Not a video, \"really\"")), item("-abcdefghij", None)];
        let expected = "line,video,verdict,outcome,cause,reason\r\n\
            3,\"'=HYPERLINK(\"\"http://evil\"\")\",accepted,failed,invalid_id,\"Not a video, \"\"really\"\"\"\r\n\
            3,'-abcdefghij,accepted,failed,invalid_id,\r\n";
        assert_eq!(text(true, &items), expected);
        assert_eq!(text(false, &[]), "");
    }

    /// The ids that an upload of the text would import.
    fn imported_ids(text: &str) -> Vec<String> {
        let limits = crate::config::Settings::defaults().import_limits();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let upload = Upload::single(file, "receipt.csv");
        let inspection = upload.inspect(limits).unwrap();
        let (sender, mut receiver) = mpsc::channel(1000);
        upload.send_lines(&inspection, &inspection.plan_single_list(), limits, &sender);
        drop(sender);
        let mut ids = Vec::new();
        while let Some(line) = receiver.blocking_recv() {
            match line.unwrap().entry {
                Entry::Video { youtube_id, .. } => ids.push(youtube_id),
                other => panic!("{other:?} in {text}"),
            }
        }
        ids
    }

    proptest! {
        #[test]
        fn receipt_can_be_uploaded_again(ids in proptest::collection::vec("[A-Za-z0-9_-]{11}", 1..30)) {
            let items: Vec<JobItem> = ids.iter().map(|id| item(id, Some("Video is private, or was"))).collect();
            prop_assert_eq!(imported_ids(&text(true, &items)), ids);
        }

        #[test]
        fn escaped_receipt_has_no_formula_and_comes_back(input in "[=+@'\t\r\n\\-a\",;]{0,12}", reason in "[=+@\t\r\\-a ]{0,12}") {
            let csv = text(false, &[item(&input, Some(&reason))]);
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(csv.as_bytes());
            let row = reader.records().next().unwrap().unwrap();
            for (cell, original) in [(&row[1], &input), (&row[5], &reason)] {
                prop_assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']));
                prop_assert_eq!(&crate::formula::unescape_formula(cell), original);
            }
        }
    }
}
