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
pub(crate) enum Stop {
    /// This text is no list of videos. In an archive, others may be.
    Text(ImportError),
    /// The upload as a whole is refused: it goes beyond a limit, or changed meanwhile.
    Upload(ImportError),
    /// Nobody listens any more.
    Gone,
}

impl Stop {
    /// For the upload, where there is only this text.
    pub(crate) fn into_error(self) -> ImportError {
        match self {
            Self::Text(error) | Self::Upload(error) => error,
            Self::Gone => refusal::unreadable(io::Error::other("nobody listens")),
        }
    }
}

impl From<ImportError> for Stop {
    fn from(error: ImportError) -> Self {
        Self::Text(error)
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Text(refusal::unreadable(error))
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
    fn format(&mut self, format: ImportFormat);
    /// A playlist begins; the answer is the `list` of its lines. Counted from 0 in each text.
    fn playlist(&mut self) -> Result<u32, Stop>;
    /// What is known of a playlist; some files say it after the videos.
    fn heading(&mut self, playlist: u32, heading: Heading) -> Result<(), Stop>;
    /// The next line.
    fn line(&mut self, line: ImportLine) -> Result<(), Stop>;
}
