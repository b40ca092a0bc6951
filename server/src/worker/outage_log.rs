//! Reports a source that cannot be used: one line in the log for each reason until it answers again, and a counter.

use std::sync::{Mutex, PoisonError};

use crate::metadata::SourceUnavailable;

/// One per process.
#[derive(Debug, Default)]
pub struct OutageLog {
    /// Reasons and details logged since the last answer.
    logged: Mutex<Vec<(&'static str, String)>>,
}

impl OutageLog {
    pub(super) fn on_unavailable(&self, source: &'static str, unavailable: &SourceUnavailable) {
        let SourceUnavailable { retry_after, waiting_reason, error, detail } = unavailable;
        let waiting_reason = waiting_reason.as_str();
        let labels = [("source", source.to_owned()), ("reason", waiting_reason.to_owned()), ("detail", detail.clone())];
        metrics::counter!("playmarks_source_unavailable_total", &labels).increment(1);
        if self.is_news(waiting_reason, detail) {
            tracing::warn!(source, waiting_reason, error, detail, ?retry_after, "the source is unavailable; jobs wait for it");
        } else {
            tracing::debug!(source, waiting_reason, error, detail, ?retry_after, "the source is still unavailable");
        }
    }

    /// True once until the next answer.
    fn is_news(&self, waiting_reason: &'static str, detail: &str) -> bool {
        let mut logged = self.logged.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = !logged.iter().any(|(reason, word)| *reason == waiting_reason && word == detail);
        if is_news {
            logged.push((waiting_reason, detail.to_owned()));
        }
        is_news
    }

    pub(super) fn on_answer(&self, source: &'static str) {
        let logged = std::mem::take(&mut *self.logged.lock().unwrap_or_else(PoisonError::into_inner));
        if !logged.is_empty() {
            tracing::info!(source, "the source answers again");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_is_logged_once_until_the_source_answers() {
        let log = OutageLog::default();
        assert!(log.is_news("refused", "a captcha page") && log.is_news("key", "keyInvalid") && log.is_news("key", "API_KEY_INVALID"));
        assert!(!log.is_news("refused", "a captcha page") && !log.is_news("key", "keyInvalid"));
        log.on_answer("demo");
        assert!(log.is_news("refused", "a captcha page"));
    }
}
