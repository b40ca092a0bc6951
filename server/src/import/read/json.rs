//! Videos in any JSON: documents, and files with a document per line.
//!
//! An object is a video if it, or an object inside it, has an id or an address. Its playlist is the one it names, or else the object that holds
//! the array it is in: exports of FreeTube, Piped, LibreTube, Invidious, yt-dlp, YouTube's API, browsers and bookmark managers are all written
//! so. Nothing is kept but the open objects.

mod bytes;
mod fields;
mod keys;
mod lexer;
mod log;

use std::{collections::HashMap, io::BufRead};

use app::wire::ImportFormat;

use self::{
    fields::{Candidate, Fields},
    keys::Role,
    lexer::{LexError, Lexer, Token},
    log::Log,
};
use super::{Beside, Heading, Position, ReadError, Sink, link, links, push_parsed};
use crate::import::{Entry, MAX_TITLE_CHARS, refusal, single_line};

/// Nesting of objects and arrays.
const MAX_DEPTH: usize = 64;
const INVALID_JSON: &str = "From here on this is not valid JSON; everything up to the next line that begins a playlist was skipped.";
const TRUNCATED: &str = "The file ends here in the middle of a playlist. Export it again.";
const NO_VIDEOS: &str = "This playlist has no videos.";
const NO_ID: &str = "This entry has no video id.";
const NOTHING_ON_LINE: &str = "There is no playlist on this line.";
const HISTORY: &str = "The history of what was watched is in this file as well; it is no list and was not imported.";

/// Pushes every video, with its playlist.
pub(crate) fn read<R: BufRead>(reader: R, sink: &mut dyn Sink) -> Result<(), ReadError> {
    sink.set_format(ImportFormat::Json);
    let mut lexer = Lexer::new(reader);
    let mut document = Document::new(sink);
    loop {
        let problem = match lexer.next() {
            Ok(Some((line, token))) => match document.accept(line, token)? {
                true => continue,
                false => INVALID_JSON,
            },
            Ok(None) if document.frames.is_empty() => return document.finish(),
            Ok(None) | Err(LexError::UnexpectedEnd) => {
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
    fields: Fields,
    /// Of a playlist that is described in an object beside its videos.
    nested_heading: Heading,
    /// The lists of its arrays, with their names; `None` for a name such as `videos`.
    lists: Vec<(u32, Option<String>)>,
    /// Whether it has an array that is known to hold videos.
    has_videos_array: bool,
    /// Whether several videos are its values.
    is_map: bool,
    /// Whether its place says that it describes the playlist beside it.
    describes_playlist: bool,
    lines_before: u32,
}

struct Array {
    /// `None` for a name such as `videos`.
    name: Option<String>,
    list: Option<u32>,
    /// Whether everything in it is to be a video.
    holds_videos: bool,
    /// Whether what has no address in it is said.
    holds_entries: bool,
    /// Whether it only arranges what is in it.
    is_group: bool,
    /// Whether it is a part of a text, whose links belong to the list around it.
    is_text: bool,
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
    /// Pushed so far.
    lines: u32,
    videos: u32,
    saw_history: bool,
    saw_subscriptions: bool,
    saw_comments: bool,
    /// The reason that all lines share that are no videos.
    common_reason: Option<Option<String>>,
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
            lines: 0,
            videos: 0,
            saw_history: false,
            saw_subscriptions: false,
            saw_comments: false,
            common_reason: None,
        }
    }

    /// Returns false for a token that cannot stand here.
    fn accept(&mut self, line: u32, token: Token) -> Result<bool, ReadError> {
        if self.frames.len() > MAX_DEPTH {
            return Ok(false);
        }
        match token {
            Token::Comma | Token::Colon => {}
            Token::ObjectStart | Token::ArrayStart => self.open(line, token == Token::ObjectStart)?,
            Token::ObjectEnd | Token::ArrayEnd => return self.close(line, token == Token::ObjectEnd),
            Token::String(text) => self.string(line, text)?,
            Token::Scalar(text) => self.scalar(line, &text)?,
        }
        Ok(true)
    }

    fn open(&mut self, line: u32, is_object: bool) -> Result<(), ReadError> {
        let (key, role) = match self.frames.last_mut() {
            Some(Frame::Ignored) => {
                self.frames.push(Frame::Ignored);
                return Ok(());
            }
            Some(Frame::Object(object)) => {
                let key = object.key.take().unwrap_or_default();
                object.fields.is_log_mark |= key.starts_with("$$");
                let role = keys::role(&key);
                object.has_videos_array |= !is_object && role == Role::Videos;
                let role = if object.fields.is_history && role == Role::Videos { Role::History } else { role };
                (key, role)
            }
            Some(Frame::Array(_)) | None => (String::new(), Role::Container),
        };
        let frame = match role {
            Role::Ignored => Frame::Ignored,
            Role::Subscriptions => {
                self.saw_subscriptions = true;
                Frame::Ignored
            }
            Role::History => {
                if !self.saw_history {
                    self.saw_history = true;
                    self.reject_outside(line, &key, HISTORY)?;
                }
                Frame::Ignored
            }
            _ if is_object => {
                let describes_playlist = keys::describes_playlist(&key);
                Frame::Object(Box::new(Object { line, lines_before: self.lines, describes_playlist, ..Object::default() }))
            }
            _ => {
                let name = (role == Role::Other).then(|| single_line(&key, MAX_TITLE_CHARS)).flatten();
                // An array in an array goes on with its list.
                let list = if let Some(Frame::Array(outer)) = self.frames.last() { outer.list } else { None };
                let holds_videos = role == Role::Videos;
                Frame::Array(Array {
                    name,
                    list,
                    holds_videos,
                    holds_entries: role == Role::Entries,
                    is_group: role == Role::Group,
                    is_text: role == Role::Text,
                })
            }
        };
        self.frames.push(frame);
        Ok(())
    }

    fn close(&mut self, line: u32, is_object: bool) -> Result<bool, ReadError> {
        match (self.frames.pop(), is_object) {
            (Some(Frame::Ignored), _) => {}
            (Some(Frame::Array(array)), false) => {
                // An inner array's list is the outer one's.
                if let Some(Frame::Array(outer)) = self.frames.last_mut() {
                    outer.list = outer.list.or(array.list);
                }
            }
            (Some(Frame::Object(object)), true) => self.end_object(line, *object)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn end_object(&mut self, line: u32, mut object: Object) -> Result<(), ReadError> {
        let heading = object.fields.heading().or(std::mem::take(&mut object.nested_heading));
        if object.fields.is_freetube {
            self.format = ImportFormat::Freetube;
        }
        if object.fields.is_piped {
            self.format = ImportFormat::Piped;
        }
        let is_only = object.lists.len() == 1;
        for (list, name) in std::mem::take(&mut object.lists) {
            let own = name.filter(|_| !(is_only && heading.name.is_some()));
            let heading = own.map_or_else(|| heading.clone(), |name| Heading { name: Some(name), id: None });
            self.sink.set_heading(list, heading)?;
            if self.frames.is_empty() {
                self.log.add(object.fields.log_id.as_deref(), list);
            }
        }
        if self.frames.is_empty() && (object.fields.is_deleted || object.fields.log_id.is_some()) {
            for list in self.log.earlier(object.fields.log_id.as_deref(), object.fields.is_deleted) {
                self.sink.supersede(list)?;
            }
        }
        if object.is_map || self.lines > object.lines_before {
            return Ok(());
        }
        self.saw_subscriptions |= object.fields.is_subscription;
        self.saw_comments |= object.fields.is_comment;
        let is_search = self.frames.is_empty() && object.fields.is_search && object.fields.log_id.is_some() && !object.fields.is_freetube;
        if object.fields.is_watched || is_search || object.fields.is_history {
            self.saw_history = true;
            return Ok(());
        }
        if object.fields.is_subscription || object.fields.is_comment {
            return Ok(());
        }
        let in_videos = matches!(self.frames.last(), Some(Frame::Array(array)) if array.holds_videos || array.holds_entries);
        match object.fields.candidate() {
            Some(candidate) => self.end_video(object.line, candidate, object.fields),
            None if object.has_videos_array => self.reject_empty(object.line, heading, object.fields.log_id.as_deref()),
            None if in_videos => {
                let shown = object.fields.title().unwrap_or_else(|| "{…}".into());
                self.push(object.line, &shown, link::ParsedVideo::Malformed, Beside::default(), Entry::Rejected(NO_ID.into()), None)
            }
            None => self.end_other(line, object, heading),
        }
    }

    /// An object without a video: it may describe the playlist beside it.
    fn end_other(&mut self, line: u32, object: Object, heading: Heading) -> Result<(), ReadError> {
        match self.frames.last_mut() {
            Some(Frame::Object(parent)) => {
                if object.describes_playlist {
                    parent.nested_heading = std::mem::take(&mut parent.nested_heading).or(heading);
                }
                parent.fields.adopt(object.fields);
                Ok(())
            }
            None if !object.fields.is_deleted && !object.fields.is_log_mark => self.reject_outside(line, "{…}", NOTHING_ON_LINE),
            _ => Ok(()),
        }
    }

    /// A video in an array stands for itself; one that is the value of a name may be a part of what is around it.
    fn end_video(&mut self, line: u32, candidate: Candidate, fields: Fields) -> Result<(), ReadError> {
        if self.frames.is_empty() && fields.is_note() {
            // A note whose title is the list's name.
            let list = self.sink.begin_playlist()?;
            self.sink.set_heading(list, Heading { id: None, name: fields.title() })?;
            return self.push_into(list, line, &candidate.said, candidate.parsed, Beside::default(), Entry::InvalidId);
        }
        let lines = self.lines;
        if let Some(Frame::Object(parent)) =
            self.frames.last_mut().filter(|frame| !matches!(frame, Frame::Object(parent) if lines > parent.lines_before))
        {
            match parent.fields.nested_candidate() {
                None if !parent.is_map => {
                    parent.fields.adopt(fields);
                    return Ok(());
                }
                Some(earlier) if earlier.video() == candidate.video() => {
                    parent.fields.adopt(fields);
                    return Ok(());
                }
                earlier => {
                    parent.is_map = true;
                    let first = std::mem::take(&mut parent.fields.nested);
                    if let (Some(earlier), Some(first)) = (earlier, first) {
                        self.push_video(line, earlier, *first)?;
                    }
                }
            }
        }
        self.push_video(line, candidate, fields)
    }

    fn push_video(&mut self, line: u32, candidate: Candidate, fields: Fields) -> Result<(), ReadError> {
        let beside = Beside { title: fields.title(), added: fields.added() };
        let shown = single_line(&candidate.said, 1).map_or_else(|| beside.title.clone().unwrap_or_else(|| "{…}".into()), |_| candidate.said.clone());
        let malformed = match link::trim_invisible(&candidate.said) {
            "" => Entry::Rejected(NO_ID.into()),
            _ if candidate.is_id => Entry::InvalidId,
            _ => Entry::Rejected(link::NOT_A_LINK_OR_ID.into()),
        };
        self.push(line, &shown, candidate.parsed, beside, malformed, fields.playlist())
    }

    fn string(&mut self, line: u32, text: String) -> Result<(), ReadError> {
        match self.frames.last_mut() {
            Some(Frame::Object(object)) => match object.key.take() {
                None => object.key = Some(text),
                Some(key) => object.fields.set(&key, text),
            },
            Some(Frame::Array(array)) => {
                let holds_videos = array.holds_videos;
                return self.element(line, &text, holds_videos);
            }
            Some(Frame::Ignored) | None => {}
        }
        Ok(())
    }

    /// A text in an array: an id, a link, or a playlist in Grayjay's way, its name and addresses each on a line.
    fn element(&mut self, line: u32, text: &str, holds_videos: bool) -> Result<(), ReadError> {
        if text.contains("|||") {
            // Grayjay's history: address, time, position, title.
            self.saw_history = true;
            return Ok(());
        }
        self.saw_subscriptions |= text.len() == 24 && text.starts_with("UC");
        if let Some((name, addresses)) = text.split_once('\n')
            && addresses.lines().any(|address| matches!(link::parse(address), link::ParsedVideo::Link(_)))
        {
            let list = self.sink.begin_playlist()?;
            self.sink.set_heading(list, links::grayjay_heading(name))?;
            for address in addresses.lines().filter(|address| !address.trim().is_empty()) {
                let malformed = Entry::Rejected(link::NOT_A_LINK_OR_ID.into());
                self.push_into(list, line, address, link::parse(address), Beside::default(), malformed)?;
            }
            return Ok(());
        }
        let parsed = match link::parse(text) {
            link::ParsedVideo::Malformed => links::all_links(text).map_or(link::ParsedVideo::Malformed, link::ParsedVideo::Link),
            parsed => parsed,
        };
        let is_video = match &parsed {
            link::ParsedVideo::Link(_) => true,
            link::ParsedVideo::Id(id) => !link::is_plain_word(id),
            _ => false,
        };
        if !is_video && !holds_videos {
            return Ok(());
        }
        let shown = if link::trim_invisible(text).is_empty() { "{…}" } else { text };
        self.push(line, shown, parsed, Beside::default(), Entry::Rejected(link::NOT_A_LINK_OR_ID.into()), None)
    }

    fn scalar(&mut self, line: u32, text: &str) -> Result<(), ReadError> {
        match self.frames.last_mut() {
            Some(Frame::Object(object)) => {
                if let Some(key) = object.key.take() {
                    object.fields.set_scalar(&key, text);
                }
                Ok(())
            }
            Some(Frame::Array(array)) if array.holds_videos => {
                self.push(line, "{…}", link::ParsedVideo::Malformed, Beside::default(), Entry::Rejected(NO_ID.into()), None)
            }
            _ => Ok(()),
        }
    }

    /// The list of what is pushed here: the one it names, or that of the innermost array.
    fn list(&mut self, playlist: Option<Heading>) -> Result<u32, ReadError> {
        if let Some(heading) = playlist {
            if let Some(list) = self.named.get(&heading) {
                return Ok(*list);
            }
            let list = self.sink.begin_playlist()?;
            self.sink.set_heading(list, heading.clone())?;
            self.named.insert(heading, list);
            return Ok(list);
        }
        let Some(at) = self.frames.iter().rposition(|frame| matches!(frame, Frame::Array(array) if !array.is_text)) else {
            return self.outside_list();
        };
        let at = self.outermost_group(at);
        let Some(Frame::Array(array)) = self.frames.get(at) else { return self.outside_list() };
        if let Some(list) = array.list {
            return Ok(list);
        }
        // The first of nested arrays belongs to an object, or to none.
        let outer = self.frames[..at].iter().rposition(|frame| !matches!(frame, Frame::Array(_)));
        let Some(outer) = outer else { return self.outside_list() };
        // Arrays without a name in one object are one list.
        let shared = match &self.frames[outer] {
            Frame::Object(object) if array.name.is_none() => object.lists.iter().find(|(_, name)| name.is_none()).map(|(list, _)| *list),
            _ => None,
        };
        if let Some(list) = shared {
            if let Frame::Array(array) = &mut self.frames[at] {
                array.list = Some(list);
            }
            return Ok(list);
        }
        let list = self.sink.begin_playlist()?;
        let mut name = None;
        for frame in &mut self.frames[outer + 1..=at] {
            if let Frame::Array(array) = frame {
                array.list = Some(list);
                name = name.or(array.name.clone());
            }
        }
        if let Frame::Object(object) = &mut self.frames[outer] {
            object.lists.push((list, name));
        }
        Ok(list)
    }

    /// A window's tabs belong to the session.
    fn outermost_group(&self, at: usize) -> usize {
        let is_group = |at: &usize| matches!(&self.frames[*at], Frame::Array(array) if array.is_group);
        if !is_group(&at) {
            return at;
        }
        let arrays = (0..at).rev().filter(|at| matches!(self.frames[*at], Frame::Array(_)));
        arrays.take_while(is_group).last().unwrap_or(at)
    }

    fn outside_list(&mut self) -> Result<u32, ReadError> {
        match self.outside_list {
            Some(list) => Ok(list),
            None => Ok(*self.outside_list.insert(self.sink.begin_playlist()?)),
        }
    }

    fn push(
        &mut self,
        line: u32,
        input: &str,
        parsed: link::ParsedVideo,
        beside: Beside,
        malformed: Entry,
        playlist: Option<Heading>,
    ) -> Result<(), ReadError> {
        let list = self.list(playlist)?;
        self.push_into(list, line, input, parsed, beside, malformed)
    }

    fn push_into(&mut self, list: u32, line: u32, input: &str, parsed: link::ParsedVideo, beside: Beside, malformed: Entry) -> Result<(), ReadError> {
        self.lines += 1;
        let reason = match (&parsed, &malformed) {
            (link::ParsedVideo::OtherLink(reason), _) | (link::ParsedVideo::Malformed, Entry::Rejected(reason)) => Some(reason.clone()),
            _ => None,
        };
        match reason {
            None => self.videos += 1,
            Some(reason) => {
                let common = self.common_reason.get_or_insert_with(|| Some(reason.clone()));
                *common = common.take().filter(|common| *common == reason);
            }
        }
        push_parsed(self.sink, Position { list, line }, input, parsed, beside, malformed)
    }

    /// A playlist without videos is a line of its own.
    fn reject_empty(&mut self, line: u32, heading: Heading, log_id: Option<&str>) -> Result<(), ReadError> {
        let list = self.sink.begin_playlist()?;
        let name = heading.name.clone().unwrap_or_else(|| "{…}".into());
        self.sink.set_heading(list, heading)?;
        if self.frames.is_empty() {
            self.log.add(log_id, list);
        }
        self.push_into(list, line, &name, link::ParsedVideo::Malformed, Beside::default(), Entry::Rejected(NO_VIDEOS.into()))
    }

    /// Rejects a line that is in no playlist.
    fn reject_outside(&mut self, line: u32, input: &str, reason: &str) -> Result<(), ReadError> {
        let list = self.outside_list()?;
        push_parsed(self.sink, Position { list, line }, input, link::ParsedVideo::Malformed, Beside::default(), Entry::Rejected(reason.into()))
    }

    /// Rejects the line with what is wrong, keeps what was read so far, and starts over.
    fn recover(&mut self, line: u32, problem: &str) -> Result<(), ReadError> {
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
    fn finish(self) -> Result<(), ReadError> {
        self.sink.set_format(self.format);
        if self.videos > 0 {
            return Ok(());
        }
        Err(ReadError::TextRefused(match self.common_reason.flatten() {
            _ if self.saw_history => refusal::history(),
            _ if self.saw_comments => refusal::comments(),
            _ if self.saw_subscriptions => refusal::subscriptions(),
            Some(reason) if self.lines > 0 => refusal::nothing_recognised(self.lines, Some(&reason)),
            _ => refusal::other_text("a JSON file without videos"),
        }))
    }
}
