//! What an upload is imported into, and its two steps.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ImportTarget {
    /// Everything into this list.
    List(Uuid),
    /// Each playlist of the files into a list of its own.
    Lists,
}

impl ImportTarget {
    /// The `action` of the form.
    pub(crate) fn form(self) -> String {
        match self {
            Self::List(id) => format!("/lists/{id}/upload"),
            Self::Lists => "/imports".to_owned(),
        }
    }

    /// Whether several files can be imported at once.
    pub(crate) const fn allows_multiple(self) -> bool {
        matches!(self, Self::Lists)
    }

    /// Says which files are accepted.
    pub(crate) const fn accepted_formats(self) -> &'static str {
        match self {
            Self::List(_) => "From Google Takeout, FreeTube, Piped, browser bookmarks; any table or list of links",
            Self::Lists => "A Google Takeout archive (ZIP), FreeTube, Piped, bookmarks: each playlist becomes a list",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ImportStep {
    Preview,
    Import,
}

impl ImportStep {
    /// Appended to the form's `action`.
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Preview => "preview",
            Self::Import => "import",
        }
    }

    /// Shown while the request is in flight.
    pub(crate) const fn busy_label(self) -> &'static str {
        match self {
            Self::Preview => "Reading",
            Self::Import => "Importing",
        }
    }
}
