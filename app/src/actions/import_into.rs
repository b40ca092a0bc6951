//! Where a file goes, and how far: the same words on both sides.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One list, or as many as the file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ImportInto {
    /// All of it into this list.
    List(Uuid),
    /// A list for every playlist in it.
    Lists,
}

impl ImportInto {
    /// Where the plain form goes.
    pub(crate) fn form(self) -> String {
        match self {
            Self::List(id) => format!("/lists/{id}/upload"),
            Self::Lists => "/imports".to_owned(),
        }
    }

    /// What may be uploaded.
    pub(crate) const fn kinds(self) -> &'static str {
        match self {
            Self::List(_) => "From Google Takeout, FreeTube, Piped, browser bookmarks; any table or list of links",
            Self::Lists => "A whole Google Takeout (ZIP), FreeTube, Piped, bookmarks: a list for each playlist in it",
        }
    }
}

/// What is asked of the server for a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// What would become of it.
    Preview,
    /// To do it.
    Import,
}

impl Step {
    /// Below the form's address.
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Preview => "preview",
            Self::Import => "import",
        }
    }

    /// What is said meanwhile.
    pub(crate) const fn doing(self) -> &'static str {
        match self {
            Self::Preview => "Reading",
            Self::Import => "Importing",
        }
    }
}
