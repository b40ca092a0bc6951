//! Playlists as JSON: FreeTube's, with an object per line, and Piped's, in one document. In both, a playlist is an object with `videos`, so
//! one reader takes either, and other documents with such objects, such as our own export.

mod bytes;
mod lexer;

use std::io::BufRead;

use app::wire::{ImportFormat, Timestamp};

use self::lexer::{LexError, Lexer, Token};
use super::{
    Heading, ReadError, Sink, date,
    link::{self, ParsedVideo},
    text,
};
use crate::import::{Entry, ImportError, ImportLine, MAX_INPUT_CHARS, MAX_TITLE_CHARS, refusal, single_line};

/// Nesting of objects and arrays.
const MAX_DEPTH: usize = 32;
const INVALID_JSON: &str = "From here on this is not valid JSON; everything up to the next line that begins a playlist was skipped.";
const TRUNCATED: &str = "The file ends here in the middle of a playlist. Export it again.";

/// Detects the program that wrote the file by the names in its beginning. Refuses files that are known to be something else.
pub(crate) fn detect(head: &[u8]) -> Result<ImportFormat, ImportError> {
    let mut lexer = Lexer::new(text::to_utf8(head).map_err(refusal::unreadable)?);
    let (mut names, mut last) = (Vec::new(), None);
    while let Ok(Some((_, token))) = lexer.next() {
        match (token, last.take()) {
            (Token::String(text), _) => last = Some(text),
            (Token::Colon, Some(name)) if !names.contains(&name) && name.len() < 40 && names.len() < 200 => names.push(name),
            _ => {}
        }
    }
    let has = |name| names.iter().any(|known| known == name);
    match () {
        () if has("playlists") => Ok(ImportFormat::Piped),
        () if has("playlistName") || has("videos") => Ok(ImportFormat::Freetube),
        () if has("titleUrl") => Err(refusal::history()),
        () if has("subscriptions") => Err(refusal::subscriptions()),
        () => Err(refusal::other_text("a JSON file")),
    }
}

/// Pushes every video, with its playlist.
pub(crate) fn read<R: BufRead>(reader: R, sink: &mut dyn Sink) -> Result<(), ReadError> {
    let mut lexer = Lexer::new(reader);
    let mut document = Document { sink, frames: Vec::new(), outside_list: None, lines: 0 };
    loop {
        let problem = match lexer.next() {
            Ok(Some((line, token))) => match document.accept(line, token)? {
                true => continue,
                false => INVALID_JSON,
            },
            Ok(None) if document.frames.is_empty() => return Ok(()),
            Ok(None) | Err(LexError::UnexpectedEnd) => return document.recover(lexer.line(), TRUNCATED),
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
    /// A playlist, if it has `videos`.
    Object {
        key: Option<String>,
        heading: Heading,
        list: Option<u32>,
        line: u32,
        lines_before: u32,
    },
    Array,
    /// The `videos` of a playlist.
    Videos(u32),
    Video {
        key: Option<String>,
        list: u32,
        line: u32,
        fields: Fields,
    },
    /// Anything inside a video.
    Ignored,
}

#[derive(Default)]
struct Fields {
    id: Option<String>,
    url: Option<String>,
    title: Option<String>,
    added_at: Option<Timestamp>,
}

struct Document<'a> {
    sink: &'a mut dyn Sink,
    frames: Vec<Frame>,
    /// The list of lines that are in no playlist.
    outside_list: Option<u32>,
    /// Pushed so far.
    lines: u32,
}

impl Document<'_> {
    /// Returns false for a token that cannot stand here.
    fn accept(&mut self, line: u32, token: Token) -> Result<bool, ReadError> {
        if self.frames.len() > MAX_DEPTH {
            return Ok(false);
        }
        match token {
            Token::Comma | Token::Colon => {}
            Token::ObjectStart | Token::ArrayStart => self.open(line, token == Token::ObjectStart)?,
            Token::ObjectEnd | Token::ArrayEnd => return self.close(token == Token::ObjectEnd),
            Token::String(text) => self.string(line, text)?,
            Token::Scalar(number) => self.scalar(line, &number)?,
        }
        Ok(true)
    }

    fn open(&mut self, line: u32, is_object: bool) -> Result<(), ReadError> {
        let frame = match (self.frames.last_mut(), is_object) {
            (Some(Frame::Videos(list)), true) => Frame::Video { key: None, list: *list, line, fields: Fields::default() },
            (Some(Frame::Video { key, .. }), _) => {
                *key = None;
                Frame::Ignored
            }
            (Some(Frame::Ignored | Frame::Videos(_)), _) => Frame::Ignored,
            (Some(Frame::Object { key, list, .. }), false) if key.as_deref() == Some("videos") => {
                *key = None;
                let number = match *list {
                    Some(number) => number,
                    None => *list.insert(self.sink.begin_playlist()?),
                };
                Frame::Videos(number)
            }
            (Some(Frame::Object { key, .. }), is_object) => {
                *key = None;
                if is_object { self.new_object(line) } else { Frame::Array }
            }
            (_, true) => self.new_object(line),
            (_, false) => Frame::Array,
        };
        self.frames.push(frame);
        Ok(())
    }

    fn new_object(&self, line: u32) -> Frame {
        Frame::Object { key: None, heading: Heading::default(), list: None, line, lines_before: self.lines }
    }

    fn close(&mut self, is_object: bool) -> Result<bool, ReadError> {
        match (self.frames.pop(), is_object) {
            (Some(Frame::Array | Frame::Videos(_)), false) | (Some(Frame::Ignored), _) => {}
            (Some(Frame::Video { list, line, fields, .. }), true) => self.push_video(list, line, fields)?,
            (Some(Frame::Object { heading, list, line, lines_before, .. }), true) => self.end_object(heading, list, line, lines_before)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn end_object(&mut self, heading: Heading, list: Option<u32>, line: u32, lines_before: u32) -> Result<(), ReadError> {
        let name = heading.name.clone();
        if let Some(list) = list {
            self.sink.set_heading(list, heading)?;
        }
        let reason = match list {
            _ if self.lines > lines_before => return Ok(()),
            Some(_) => "This playlist has no videos.",
            None if self.frames.is_empty() => "There is no playlist on this line.",
            None => return Ok(()),
        };
        match list {
            Some(list) => self.push_line(list, line, name.unwrap_or_else(|| "{…}".into()), Entry::Rejected(reason.into())),
            None => self.reject_outside(line, reason.into()),
        }
    }

    fn string(&mut self, line: u32, text: String) -> Result<(), ReadError> {
        match self.frames.last_mut() {
            Some(Frame::Object { key, heading, .. }) => match key.take().as_deref() {
                None => *key = Some(text),
                Some("playlistName") => heading.name = single_line(&text, MAX_TITLE_CHARS),
                Some("name" | "title") => heading.name = heading.name.take().or_else(|| single_line(&text, MAX_TITLE_CHARS)),
                Some("_id") => heading.id = single_line(&text, MAX_TITLE_CHARS),
                Some(_) => {}
            },
            Some(Frame::Video { key, fields, .. }) => match key.take().as_deref() {
                None => *key = Some(text),
                Some("videoId" | "youtube_id") => fields.id = Some(text),
                Some("url") => fields.url = Some(text),
                Some("title") => fields.title = single_line(&text, MAX_TITLE_CHARS),
                Some("timeAdded" | "added_at") => fields.added_at = date::parse_time_or_date(&text),
                Some(_) => {}
            },
            Some(Frame::Videos(list)) => {
                let list = *list;
                return self.push_video(list, line, Fields { url: Some(text), ..Fields::default() });
            }
            Some(Frame::Array | Frame::Ignored) | None => {}
        }
        Ok(())
    }

    fn scalar(&mut self, line: u32, number: &str) -> Result<(), ReadError> {
        match self.frames.last_mut() {
            Some(Frame::Object { key, .. }) => *key = None,
            Some(Frame::Video { key, fields, .. }) => {
                if key.take().as_deref() == Some("timeAdded") {
                    fields.added_at = date::parse_time_or_date(number);
                }
            }
            Some(Frame::Videos(list)) => {
                let list = *list;
                return self.push_video(list, line, Fields::default());
            }
            Some(Frame::Array | Frame::Ignored) | None => {}
        }
        Ok(())
    }

    fn push_video(&mut self, list: u32, line: u32, fields: Fields) -> Result<(), ReadError> {
        let by_id = fields.id.as_deref().is_some_and(|id| !link::trim_invisible(id).is_empty());
        let said = if by_id { fields.id } else { fields.url }.unwrap_or_default();
        let shown = single_line(&said, MAX_INPUT_CHARS).or_else(|| fields.title.clone()).unwrap_or_else(|| "{…}".into());
        let entry = match link::parse(&said) {
            ParsedVideo::Id(youtube_id) | ParsedVideo::Link(youtube_id) => {
                Entry::Video { youtube_id, title: fields.title, added_at: fields.added_at }
            }
            ParsedVideo::OtherLink(reason) => Entry::Rejected(reason),
            ParsedVideo::Malformed if by_id => Entry::InvalidId,
            ParsedVideo::Malformed if link::trim_invisible(&said).is_empty() => Entry::Rejected("This entry has no video id.".into()),
            ParsedVideo::Malformed => Entry::Rejected(link::NOT_A_LINK_OR_ID.into()),
        };
        self.push_line(list, line, shown, entry)
    }

    /// Rejects a line that is in no playlist.
    fn reject_outside(&mut self, line: u32, reason: String) -> Result<(), ReadError> {
        let list = match self.outside_list {
            Some(list) => list,
            None => *self.outside_list.insert(self.sink.begin_playlist()?),
        };
        self.push_line(list, line, "{…}".into(), Entry::Rejected(reason))
    }

    fn push_line(&mut self, list: u32, line: u32, input: String, entry: Entry) -> Result<(), ReadError> {
        self.lines += 1;
        self.sink.push_line(ImportLine { list, line, input, entry })
    }

    /// Rejects the line with what is wrong, keeps what was read so far, and starts over.
    fn recover(&mut self, line: u32, problem: &str) -> Result<(), ReadError> {
        for frame in std::mem::take(&mut self.frames) {
            if let Frame::Object { heading, list: Some(list), .. } = frame {
                self.sink.set_heading(list, heading)?;
            }
        }
        self.reject_outside(line, problem.into())
    }
}
