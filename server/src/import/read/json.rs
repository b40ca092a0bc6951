//! Videos in any JSON: documents, and files with a document per line.
//!
//! An object is a video if it, or an object inside it, has an id or an address. Its playlist is the one it names, or else the object that holds
//! the array it is in: exports of FreeTube, Piped, LibreTube, Invidious, yt-dlp, YouTube's API, browsers and bookmark managers are all written
//! so. Nothing is kept but the open objects.

mod bytes;
mod field_role;
mod fields;
mod join;
mod keys;
mod lexer;
mod lists;
mod log;
mod map;
mod open;
mod parts;
mod walk;

use std::{collections::HashMap, io::BufRead};

use app::wire::ImportFormat;

use self::{
    fields::{Candidate, Fields},
    join::Join,
    keys::Role,
    lexer::{LexError, Lexer, Token},
    log::Log,
    map::IdMap,
    parts::Pages,
};
use super::{CommonReason, Heading, ReadError, Sink};
use crate::import::refusal;

/// Nesting of objects and arrays.
const MAX_DEPTH: usize = 64;
/// Bytes that are kept of a text which is not searched for links.
const MAX_VALUE_BYTES: usize = 4 * 1024;
const INVALID_JSON: &str = "From here on this is not valid JSON; everything up to the next line that begins a playlist was skipped.";
const TEXT_TOO_LONG: &str = "This text is too long: links behind its first 128 KiB were not read. Save it as a text file, and upload that.";
const TRUNCATED: &str = "The file ends here in the middle of a playlist. Export it again.";
const NO_VIDEOS: &str = "This playlist has no videos.";
const NO_ID: &str = "This entry has no video id.";
const NOTHING_ON_LINE: &str = "There is no playlist on this line.";

/// Pushes every video, with its playlist.
pub(crate) fn read<R: BufRead>(reader: R, sink: &mut dyn Sink) -> Result<(), ReadError> {
    sink.set_format(ImportFormat::Json);
    let mut lexer = Lexer::new(reader);
    let mut document = Document::new(sink);
    loop {
        let problem = match lexer.next() {
            Ok(Some((line, token))) => {
                if lexer.take_lost_links() {
                    document.reject_outside(line, "…", TEXT_TOO_LONG)?;
                }
                match document.accept(line, token)? {
                    true => continue,
                    false => INVALID_JSON,
                }
            }
            Ok(None) if document.frames.is_empty() => return document.finish(),
            Ok(None) | Err(LexError::UnexpectedEnd) => {
                document.is_cut = true;
                document.recover(lexer.line(), TRUNCATED)?;
                return document.finish();
            }
            Err(LexError::Syntax) => INVALID_JSON,
            Err(LexError::Io(error)) => return Err(error.into()),
        };
        document.recover(lexer.line(), problem)?;
        match lexer.skip_to_next_object() {
            Err(LexError::Io(error)) => return Err(error.into()),
            _ => continue,
        }
    }
}

/// An open object or array.
enum Frame {
    Object(Box<Object>),
    Array(Array),
    /// Anything below a name that says nothing about videos.
    Ignored,
}

#[derive(Default)]
struct Object {
    line: u32,
    key: Option<String>,
    /// What it is called where it stands, if it may be a video's id.
    name: String,
    /// What a list of its videos is called.
    list_name: Option<String>,
    /// Whether it is the title of what is around it.
    is_title: bool,
    /// Whether it is a part of what is around it.
    is_part: bool,
    ids: IdMap,
    pages: Pages,
    fields: Fields,
    /// Of a playlist that is described in an object beside its videos.
    nested_heading: Heading,
    /// The lists of its arrays, with their names; `None` for a name such as `videos`.
    lists: Vec<(u32, Option<String>)>,
    /// An array in it is known to hold videos.
    has_videos_array: bool,
    /// Its values are videos.
    is_map: bool,
    /// It describes the playlist beside it.
    describes_playlist: bool,
    lines_before: u32,
}

struct Array {
    /// What it is called where it stands.
    key: String,
    /// What its list is called; `None` for a name such as `videos`.
    name: Option<String>,
    list: Option<u32>,
    /// What its elements are.
    role: Role,
    /// Whether they are pieces of a title.
    is_title: bool,
    /// Whether they are parts of the object around it.
    is_part: bool,
    /// Whether they are the pages that a tab has shown.
    is_tab: bool,
}

struct Document<'a> {
    sink: &'a mut dyn Sink,
    format: ImportFormat,
    frames: Vec<Frame>,
    /// Lists that videos name themselves.
    named: HashMap<Heading, u32>,
    /// The list of lines that are in no playlist.
    outside_list: Option<u32>,
    log: Log,
    join: Join,
    /// Pushed so far.
    lines: u32,
    videos: u32,
    is_cut: bool,
    saw_history: bool,
    saw_searches: bool,
    saw_subscriptions: bool,
    saw_comments: bool,
    saw_cookies: bool,
    /// Of the lines that are no videos.
    common_reason: CommonReason,
}

impl<'a> Document<'a> {
    fn new(sink: &'a mut dyn Sink) -> Self {
        Self {
            sink,
            format: ImportFormat::Json,
            frames: Vec::new(),
            named: HashMap::new(),
            outside_list: None,
            log: Log::default(),
            join: Join::default(),
            lines: 0,
            videos: 0,
            is_cut: false,
            saw_history: false,
            saw_searches: false,
            saw_subscriptions: false,
            saw_comments: false,
            saw_cookies: false,
            common_reason: CommonReason::default(),
        }
    }

    /// Rejects the line with what is wrong, keeps what was read so far, and starts over.
    pub(super) fn recover(&mut self, line: u32, problem: &str) -> Result<(), ReadError> {
        for frame in std::mem::take(&mut self.frames) {
            let Frame::Object(object) = frame else { continue };
            let heading = object.fields.heading().or(object.nested_heading);
            for (list, name) in object.lists {
                self.sink.set_heading(list, name.map_or_else(|| heading.clone(), |name| Heading { id: None, name: Some(name) }))?;
            }
        }
        self.reject_outside(line, "{…}", problem)
    }

    /// Refuses a document without a video.
    fn finish(mut self) -> Result<(), ReadError> {
        self.join.finish(self.sink)?;
        self.sink.set_format(self.format);
        if self.videos > 0 {
            return Ok(());
        }
        Err(ReadError::TextRefused(match self.common_reason.get() {
            _ if self.saw_history => refusal::history(),
            _ if self.saw_searches => refusal::searches(),
            _ if self.saw_cookies => refusal::cookies(),
            _ if self.saw_comments => refusal::comments(),
            _ if self.saw_subscriptions => refusal::subscriptions(),
            _ if self.is_cut => refusal::cut(),
            Some(reason) if self.lines > 0 => refusal::nothing_recognised(self.lines, Some(reason)),
            _ => refusal::other_text("a JSON file without videos"),
        }))
    }
}
