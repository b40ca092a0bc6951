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
    text::{count, fold, parse_name, parse_optional_name},
};

const DEFAULT_PAGE_SIZE: u32 = 100;
const MAX_PAGE_SIZE: u32 = 5_000;
/// Rows that a search reads at once.
const SEARCH_CHUNK: i64 = 2_000;

/// A validated query for a page of a receipt.
pub(super) struct ItemPage {
    pub(super) verdict: Option<&'static str>,
    pub(super) cause: Option<&'static str>,
    pub(super) invalid: Option<bool>,
    /// What a row has to contain, folded. Compared here, because the databases fold letters by rules of their own.
    text: Option<String>,
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
            text: text.map(fold),
            after_line: after.max(filter.from_line.map_or(0, |line| i64::from(line) - 1)),
            limit: PageLimit::new(filter.limit.unwrap_or(DEFAULT_PAGE_SIZE), MAX_PAGE_SIZE),
        })
    }

    /// True if the page may read many rows to find its own, or has many.
    pub(super) fn is_heavy(&self) -> bool {
        let is_filtered = self.text.is_some() || self.verdict.is_some() || self.cause.is_some() || self.invalid.is_some();
        is_filtered || self.limit.exceeds(DEFAULT_PAGE_SIZE)
    }

    /// Reads the page's rows with `fetch`, which returns those after a line, as many as its second argument. A search goes through the rows in
    /// chunks, between which it occupies no connection.
    pub(super) async fn read<F>(&self, mut fetch: impl FnMut(i64, i64) -> F) -> sqlx::Result<Vec<ItemRow>>
    where
        F: Future<Output = sqlx::Result<Vec<ItemRow>>>,
    {
        let (mut after, wanted) = (self.after_line, self.limit.query_limit());
        let Some(text) = &self.text else { return fetch(after, wanted).await };
        let mut found = Vec::new();
        loop {
            let rows = fetch(after, SEARCH_CHUNK).await?;
            let is_last = (rows.len() as i64) < SEARCH_CHUNK;
            after = rows.last().map_or(after, |row| row.line);
            found.extend(rows.into_iter().filter(|row| row.contains(text)).take(wanted as usize - found.len()));
            if is_last || found.len() as i64 == wanted {
                return Ok(found);
            }
        }
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
    /// Title and channel of the video.
    search_text: Option<String>,
}

impl ItemRow {
    fn contains(&self, folded: &str) -> bool {
        let texts = [Some(&self.input), self.reason.as_ref(), self.search_text.as_ref()];
        texts.into_iter().flatten().any(|text| fold(text).contains(folded))
    }
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
