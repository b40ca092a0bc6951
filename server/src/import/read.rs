//! One reader per format, and the [`Sink`] that they all write to: the first pass counts, the second sends lines on. Because both use the
//! same readers, they cannot disagree.

pub(super) mod archive;
pub(super) mod bookmarks;
pub(super) mod date;
pub(super) mod header;
pub(super) mod link;
pub(super) mod links;
pub(super) mod playlists_json;
pub(super) mod records;
pub(super) mod table;
pub(super) mod text;

use std::io;

use app::wire::ImportFormat;

use super::{ImportError, ImportLine, refusal};

/// Why reading ends early.
#[derive(Debug)]
pub(crate) enum ReadError {
    /// This text is refused; other files of an archive may be fine.
    TextRefused(ImportError),
    /// The whole upload is refused: it is over a limit, or changed between the passes.
    UploadRefused(ImportError),
    /// Nobody receives the lines any more.
    ReceiverGone,
}

impl ReadError {
    /// For an upload of one text.
    pub(crate) fn into_error(self) -> ImportError {
        match self {
            Self::TextRefused(error) | Self::UploadRefused(error) => error,
            Self::ReceiverGone => refusal::unreadable(io::Error::other("nobody receives the lines")),
        }
    }
}

impl From<ImportError> for ReadError {
    fn from(error: ImportError) -> Self {
        Self::TextRefused(error)
    }
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        Self::TextRefused(refusal::unreadable(error))
    }
}

/// What a file says about a playlist.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Heading {
    /// The service's id of it, which a renaming does not change.
    pub(crate) id: Option<String>,
    pub(crate) name: Option<String>,
}

/// Receives what a reader finds.
pub(crate) trait Sink {
    /// Called first.
    fn set_format(&mut self, format: ImportFormat);
    /// Begins a playlist. Returns the `list` for its lines, counted from 0 in each text.
    fn begin_playlist(&mut self) -> Result<u32, ReadError>;
    /// Called once per playlist, before or after its lines.
    fn set_heading(&mut self, playlist: u32, heading: Heading) -> Result<(), ReadError>;
    fn push_line(&mut self, line: ImportLine) -> Result<(), ReadError>;
}
