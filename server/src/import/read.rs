//! One reader for each format, and what stands between a reader and whoever wants its lines: one pass counts them, the other hands them on.
//! Neither can see what the other does not.

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

/// Why reading stops before the end.
#[derive(Debug)]
pub(crate) enum ReadError {
    /// This text is no list of videos. In an archive, others may be.
    TextRefused(ImportError),
    /// The upload as a whole is refused: it goes beyond a limit, or changed meanwhile.
    UploadRefused(ImportError),
    /// Nobody listens any more.
    ReceiverGone,
}

impl ReadError {
    /// For the upload, where there is only this text.
    pub(crate) fn into_error(self) -> ImportError {
        match self {
            Self::TextRefused(error) | Self::UploadRefused(error) => error,
            Self::ReceiverGone => refusal::unreadable(io::Error::other("nobody listens")),
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

/// What a file says about a playlist in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Heading {
    /// What its service knows it by: stays the same when it is renamed.
    pub(crate) id: Option<String>,
    /// What people call it.
    pub(crate) name: Option<String>,
}

/// Takes what a reader reads.
pub(crate) trait Sink {
    /// What kind of text it is; said first.
    fn set_format(&mut self, format: ImportFormat);
    /// A playlist begins; the answer is the `list` of its lines. Counted from 0 in each text.
    fn begin_playlist(&mut self) -> Result<u32, ReadError>;
    /// What is known of a playlist; some files say it after the videos.
    fn set_heading(&mut self, playlist: u32, heading: Heading) -> Result<(), ReadError>;
    /// The next line.
    fn push_line(&mut self, line: ImportLine) -> Result<(), ReadError>;
}
