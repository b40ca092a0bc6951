//! Errors on the wire: RFC 9457 `application/problem+json`.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// What went wrong and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{detail}")]
pub struct Problem {
    /// A URI that identifies the kind of problem: `/docs/problems#<code>`. It is a name; nothing is served there.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in a few words.
    pub title: String,
    /// The HTTP status. 0 if the browser got no answer.
    pub status: u16,
    /// One or two sentences: what is wrong with this request, and what to do.
    pub detail: String,
    /// Stable, for programs: `list_not_found`, `weak_password`, …
    pub code: Cow<'static, str>,
}

impl Problem {
    /// Creates a problem whose `type` is derived from its code.
    pub fn new(status: u16, code: impl Into<Cow<'static, str>>, title: impl Into<String>, detail: impl Into<String>) -> Self {
        let code = code.into();
        Self { kind: format!("/docs/problems#{code}"), title: title.into(), status, detail: detail.into(), code }
    }

    /// The server could not be reached.
    pub fn unreachable() -> Self {
        Self::new(0, "unreachable", "No answer", "Playmarks did not answer. Check your connection and try again.")
    }

    /// True if the user must sign in again.
    pub fn is_signed_out(&self) -> bool {
        self.status == 401
    }
}
