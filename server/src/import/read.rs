//! One reader per format, and the [`Sink`] that they all write to: the first pass counts, the second sends lines on. Because both use the
//! same readers, they cannot disagree.

pub(super) mod archive;
pub(super) mod database;
pub(super) mod date;
pub(super) mod header;
pub(super) mod json;
pub(super) mod link;
pub(super) mod links;
pub(super) mod mail;
pub(super) mod markup;
pub(super) mod records;
pub(super) mod sql;
pub(super) mod table;
pub(super) mod text;

use std::io;

use app::wire::ImportFormat;

use self::{date::Added, link::ParsedVideo};
use super::{Entry, ImportError, ImportLine, MAX_INPUT_CHARS, refusal};
use crate::text::single_line;

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
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Heading {
    /// The service's id of it, which a renaming does not change.
    pub(crate) id: Option<String>,
    pub(crate) name: Option<String>,
}

impl Heading {
    pub(crate) fn bytes(&self) -> usize {
        [&self.id, &self.name].into_iter().flatten().map(String::len).sum()
    }

    /// This one, completed by the other.
    pub(crate) fn or(self, other: Self) -> Self {
        Self { id: self.id.or(other.id), name: self.name.or(other.name) }
    }
}

/// What a file says about a video, apart from its id or address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct VideoDetails {
    pub(crate) title: Option<String>,
    pub(crate) added: Added,
}

/// Where a line is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Position {
    pub(crate) list: u32,
    pub(crate) line: u32,
}

/// Pushes what was parsed: one line, or one for each video of a link to several. `malformed` is what becomes of a text that is neither link
/// nor id; `input` must not be empty.
pub(crate) fn push_parsed(
    sink: &mut dyn Sink,
    at: Position,
    input: &str,
    parsed: ParsedVideo,
    details: VideoDetails,
    malformed: Entry,
) -> Result<(), ReadError> {
    // Of a very long text, which may have thousands of videos, only the beginning is looked at.
    let shown = if input.len() > 16 * MAX_INPUT_CHARS { MAX_INPUT_CHARS } else { input.len() };
    let input = &input[..input.floor_char_boundary(shown)];
    let input = single_line(input, MAX_INPUT_CHARS).unwrap_or_else(|| "…".into());
    let details = VideoDetails { title: details.title.and_then(meaningful_title), ..details };
    let mut push = |entry| sink.push_line(ImportLine { list: at.list, line: at.line, input: input.clone(), entry });
    let video = |youtube_id, host: Option<&str>, title| {
        let front_end = host.map(|host| format!("Read from a link to {host}, another site for YouTube's videos."));
        let date = (details.added == Added::Implausible).then(|| IMPLAUSIBLE_DATE.to_owned());
        let note = [front_end, date].into_iter().flatten().reduce(|all, note| all + " " + &note);
        Entry::Video { youtube_id, title, added_at: details.added.timestamp(), note }
    };
    match parsed {
        ParsedVideo::Id(id) => push(video(id, None, details.title.clone())),
        ParsedVideo::Link(link) => {
            // A title beside several videos is that of none.
            let title = details.title.clone().filter(|_| link.ids.len() == 1);
            link.ids.into_iter().try_for_each(|id| push(video(id, link.front_end.as_deref(), title.clone())))
        }
        ParsedVideo::OtherLink(reason) => push(Entry::Rejected(reason)),
        ParsedVideo::Malformed => push(malformed),
    }
}

/// What programs write in the place of a title that they do not know: nothing, the address, or what YouTube says of a video that is gone.
fn meaningful_title(title: String) -> Option<String> {
    let bare = title.trim_matches(['[', ']', ' ']);
    let is_placeholder = ["Private video", "Deleted video", "NA", "null", "undefined"].contains(&bare);
    let is_address = (title.starts_with("http://") || title.starts_with("https://")) && !title.contains(' ');
    (!is_placeholder && !is_address).then_some(title)
}

/// The reason that all rejected lines share, if they share one.
#[derive(Default)]
pub(crate) struct CommonReason {
    first: Option<String>,
    differs: bool,
}

impl CommonReason {
    pub(crate) fn add(&mut self, reason: &str) {
        match &self.first {
            Some(first) => self.differs |= first != reason,
            None => self.first = Some(reason.to_owned()),
        }
    }

    pub(crate) fn get(&self) -> Option<&str> {
        self.first.as_deref().filter(|_| !self.differs)
    }
}

/// A rejected line, once per file.
pub(crate) const HISTORY_SKIPPED: &str = "The file also has your watch history. It is not a playlist and was not imported.";
const IMPLAUSIBLE_DATE: &str = "The file's date for this video was left out: it cannot be right, or is written in a way that is not known.";

/// Receives what a reader finds.
pub(crate) trait Sink {
    /// Called at any time; the last one counts.
    fn set_format(&mut self, format: ImportFormat);
    /// Begins a playlist. Returns the `list` for its lines, counted from 0 in each text.
    fn begin_playlist(&mut self) -> Result<u32, ReadError>;
    /// Called once per playlist, before or after its lines.
    fn set_heading(&mut self, playlist: u32, heading: Heading) -> Result<(), ReadError>;
    fn push_line(&mut self, line: ImportLine) -> Result<(), ReadError>;
    /// Takes a playlist back: a newer state of it stands further down in the file.
    fn supersede(&mut self, playlist: u32) -> Result<(), ReadError>;
}
