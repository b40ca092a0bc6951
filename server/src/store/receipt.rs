//! A job's receipt: the result of each line of the file.

use app::{
    progress::{FailureSegment, ReceiptSummary},
    wire::{FailureCause, ItemFilter, JobItem, Page, Verdict},
};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    Result, StoreError,
    cursor::{self, PageLimit},
    text::{count, like_pattern, parse_name, parse_optional_name},
};

const DEFAULT_PAGE_SIZE: u32 = 100;
const MAX_PAGE_SIZE: u32 = 5_000;

/// A validated query for a page of a receipt.
pub(super) struct ItemPage {
    pub(super) verdict: Option<&'static str>,
    pub(super) cause: Option<&'static str>,
    pub(super) invalid: Option<bool>,
    /// For `LIKE … ESCAPE '!'`.
    pub(super) pattern: Option<String>,
    /// The line after which the page starts.
    pub(super) after_line: i64,
    pub(super) limit: PageLimit,
}

impl ItemPage {
    /// # Errors
    /// [`StoreError::BadCursor`] if the cursor is invalid.
    pub(super) fn new(filter: &ItemFilter) -> Result<Self> {
        let after = filter.cursor.as_deref().map_or(Ok(0), cursor::decode::<i64>)?;
        let text = filter.q.as_deref().map(str::trim).filter(|text| !text.is_empty());
        Ok(Self {
            verdict: filter.verdict.map(Verdict::as_str),
            cause: filter.cause.map(FailureCause::as_str),
            invalid: filter.invalid,
            pattern: text.map(like_pattern),
            after_line: after.max(filter.from_line.map_or(0, |line| i64::from(line) - 1)),
            limit: PageLimit::new(filter.limit.unwrap_or(DEFAULT_PAGE_SIZE), MAX_PAGE_SIZE),
        })
    }

    pub(super) fn close(&self, mut rows: Vec<ItemRow>) -> Result<Page<JobItem>> {
        let next_cursor = self.limit.finish_page(&mut rows, |row| row.line);
        Ok(Page { items: rows.into_iter().map(JobItem::try_from).collect::<Result<_>>()?, next_cursor })
    }
}

/// `job_items`.
#[derive(FromRow)]
pub(super) struct ItemRow {
    line: i64,
    input: String,
    youtube_id: Option<String>,
    verdict: String,
    outcome: Option<String>,
    cause: Option<String>,
    reason: Option<String>,
    video_id: Option<Uuid>,
}

impl TryFrom<ItemRow> for JobItem {
    type Error = StoreError;

    fn try_from(row: ItemRow) -> Result<Self> {
        let verdict = parse_name(&row.verdict)?;
        Ok(Self {
            line: count(row.line),
            input: row.input,
            verdict,
            invalid: verdict == Verdict::Accepted && row.youtube_id.is_none(),
            outcome: parse_optional_name(row.outcome.as_deref())?,
            cause: parse_optional_name(row.cause.as_deref())?,
            reason: row.reason,
            video_id: row.video_id,
        })
    }
}

/// The failures in one segment of a job.
#[derive(FromRow)]
pub(super) struct FailureSegmentRow {
    first_place: i64,
    last_place: i64,
    first_line: i64,
    last_line: i64,
    failures: i64,
    reason: Option<String>,
}

/// Builds the summary from the number of lines by verdict, and of those without an id, and the failures by segment.
pub(super) fn receipt_summary(verdicts: &[(String, i64, i64)], failures: Vec<FailureSegmentRow>) -> ReceiptSummary {
    let count_for = |verdict: Verdict| verdicts.iter().find(|(name, ..)| name == verdict.as_str());
    let lines = |verdict| count_for(verdict).map_or(0, |(_, lines, _)| count(*lines));
    let failures = failures.into_iter().map(|row| FailureSegment {
        places: (count(row.first_place), count(row.last_place)),
        lines: (count(row.first_line), count(row.last_line)),
        count: count(row.failures),
        reason: row.reason.filter(|_| row.failures == 1),
    });
    ReceiptSummary {
        duplicates: lines(Verdict::Duplicate),
        rejected: lines(Verdict::Rejected),
        invalid: count_for(Verdict::Accepted).map_or(0, |(.., without_id)| count(*without_id)),
        failures: failures.collect(),
    }
}
