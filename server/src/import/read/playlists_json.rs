//! Playlists as JSON: FreeTube's, an object a line, and Piped's, all in one document. Both are objects with `videos`, so one reader takes
//! either, and whatever else wraps such objects, such as our own export.

mod bytes;
mod lexer;

use std::io::BufRead;

use app::wire::{ImportFormat, Timestamp};

use self::lexer::{Broken, Lexer, Token};
use super::{
    Heading, Sink, Stop, date,
    link::{self, Reading},
    text,
};
use crate::import::{Entry, ImportError, ImportLine, MAX_INPUT_CHARS, MAX_TITLE_CHARS, clean, refusal};

/// Objects and arrays inside of one another.
const MAX_DEPTH: usize = 32;
/// What is said where the JSON is broken.
const BROKEN: &str = "From here on this is not valid JSON; it was passed over up to the next line that begins a playlist.";
const CUT_OFF: &str = "The file ends here in the middle of a playlist. Export it again.";

/// Which program wrote it, by the names in its beginning. Refuses what is known to be something else.
pub(crate) fn detect(head: &[u8]) -> Result<ImportFormat, ImportError> {
    let mut lexer = Lexer::new(text::utf8(head).map_err(refusal::unreadable)?);
    let (mut names, mut last) = (Vec::new(), None);
    while let Ok(Some((_, token))) = lexer.next() {
        match (token, last.take()) {
            (Token::Text(text), _) => last = Some(text),
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

/// Hands over every video, with the playlist that it is in.
pub(crate) fn read<R: BufRead>(reader: R, sink: &mut dyn Sink) -> Result<(), Stop> {
    let mut lexer = Lexer::new(reader);
    let mut document = Document { sink, frames: Vec::new(), others: None, lines: 0 };
    loop {
        let problem = match lexer.next() {
            Ok(Some((line, token))) => match document.take(line, token)? {
                true => continue,
                false => BROKEN,
            },
            Ok(None) if document.frames.is_empty() => return Ok(()),
            Ok(None) | Err(Broken::End) => return document.abandon(lexer.line(), CUT_OFF),
            Err(Broken::Syntax) => BROKEN,
            Err(Broken::Io(error)) => return Err(error.into()),
        };
        document.abandon(lexer.line(), problem)?;
        match lexer.resume() {
            Err(Broken::Io(error)) => return Err(error.into()),
            _ => continue,
        }
    }
}

/// An object or array that is open.
enum Frame {
    /// What may be a playlist, and is one where it has `videos`.
    Object { key: Option<String>, heading: Heading, list: Option<u32>, line: u32, lines_before: u32 },
    /// A list of anything.
    Array,
    /// The videos of a playlist.
    Videos(u32),
    /// A video.
    Video { key: Option<String>, list: u32, line: u32, fields: Fields },
    /// Something inside of a video.
    Passed,
}

/// What is known of a video.
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
    /// Where lines go that are in no playlist.
    others: Option<u32>,
    /// Handed over so far.
    lines: u32,
}

impl Document<'_> {
    /// False where the token cannot stand here.
    fn take(&mut self, line: u32, token: Token) -> Result<bool, Stop> {
        if self.frames.len() > MAX_DEPTH {
            return Ok(false);
        }
        match token {
            Token::Comma | Token::Colon => {}
            Token::ObjectStart | Token::ArrayStart => self.open(line, token == Token::ObjectStart)?,
            Token::ObjectEnd | Token::ArrayEnd => return self.close(token == Token::ObjectEnd),
            Token::Text(text) => self.text(line, text)?,
            Token::Scalar(number) => self.scalar(line, &number)?,
        }
        Ok(true)
    }

    fn open(&mut self, line: u32, is_object: bool) -> Result<(), Stop> {
        let frame = match (self.frames.last_mut(), is_object) {
            (Some(Frame::Videos(list)), true) => Frame::Video { key: None, list: *list, line, fields: Fields::default() },
            (Some(Frame::Video { key, .. }), _) => {
                *key = None;
                Frame::Passed
            }
            (Some(Frame::Passed | Frame::Videos(_)), _) => Frame::Passed,
            (Some(Frame::Object { key, list, .. }), false) if key.as_deref() == Some("videos") => {
                *key = None;
                let number = match *list {
                    Some(number) => number,
                    None => *list.insert(self.sink.playlist()?),
                };
                Frame::Videos(number)
            }
            (Some(Frame::Object { key, .. }), is_object) => {
                *key = None;
                if is_object { self.object(line) } else { Frame::Array }
            }
            (_, true) => self.object(line),
            (_, false) => Frame::Array,
        };
        self.frames.push(frame);
        Ok(())
    }

    fn object(&self, line: u32) -> Frame {
        Frame::Object { key: None, heading: Heading::default(), list: None, line, lines_before: self.lines }
    }

    fn close(&mut self, is_object: bool) -> Result<bool, Stop> {
        match (self.frames.pop(), is_object) {
            (Some(Frame::Array | Frame::Videos(_)), false) | (Some(Frame::Passed), _) => {}
            (Some(Frame::Video { list, line, fields, .. }), true) => self.video(list, line, fields)?,
            (Some(Frame::Object { heading, list, line, lines_before, .. }), true) => self.object_end(heading, list, line, lines_before)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn object_end(&mut self, heading: Heading, list: Option<u32>, line: u32, lines_before: u32) -> Result<(), Stop> {
        let name = heading.name.clone();
        if let Some(list) = list {
            self.sink.heading(list, heading)?;
        }
        let reason = match list {
            _ if self.lines > lines_before => return Ok(()),
            Some(_) => "This playlist has no videos.",
            None if self.frames.is_empty() => "There is no playlist on this line.",
            None => return Ok(()),
        };
        match list {
            Some(list) => self.line(list, line, name.unwrap_or_else(|| "{…}".into()), Entry::Rejected(reason.into())),
            None => self.other(line, reason.into()),
        }
    }

    fn text(&mut self, line: u32, text: String) -> Result<(), Stop> {
        match self.frames.last_mut() {
            Some(Frame::Object { key, heading, .. }) => match key.take().as_deref() {
                None => *key = Some(text),
                Some("playlistName") => heading.name = clean(&text, MAX_TITLE_CHARS),
                Some("name" | "title") => heading.name = heading.name.take().or_else(|| clean(&text, MAX_TITLE_CHARS)),
                Some("_id") => heading.id = clean(&text, MAX_TITLE_CHARS),
                Some(_) => {}
            },
            Some(Frame::Video { key, fields, .. }) => match key.take().as_deref() {
                None => *key = Some(text),
                Some("videoId" | "youtube_id") => fields.id = Some(text),
                Some("url") => fields.url = Some(text),
                Some("title") => fields.title = clean(&text, MAX_TITLE_CHARS),
                Some("timeAdded" | "added_at") => fields.added_at = date::lenient(&text),
                Some(_) => {}
            },
            Some(Frame::Videos(list)) => {
                let list = *list;
                return self.video(list, line, Fields { url: Some(text), ..Fields::default() });
            }
            Some(Frame::Array | Frame::Passed) | None => {}
        }
        Ok(())
    }

    fn scalar(&mut self, line: u32, number: &str) -> Result<(), Stop> {
        match self.frames.last_mut() {
            Some(Frame::Object { key, .. }) => *key = None,
            Some(Frame::Video { key, fields, .. }) => {
                if key.take().as_deref() == Some("timeAdded") {
                    fields.added_at = date::lenient(number);
                }
            }
            Some(Frame::Videos(list)) => {
                let list = *list;
                return self.video(list, line, Fields::default());
            }
            Some(Frame::Array | Frame::Passed) | None => {}
        }
        Ok(())
    }

    fn video(&mut self, list: u32, line: u32, fields: Fields) -> Result<(), Stop> {
        let by_id = fields.id.as_deref().is_some_and(|id| !link::trim(id).is_empty());
        let said = if by_id { fields.id } else { fields.url }.unwrap_or_default();
        let shown = clean(&said, MAX_INPUT_CHARS).or_else(|| fields.title.clone()).unwrap_or_else(|| "{…}".into());
        let entry = match link::read(&said) {
            Reading::Id(youtube_id) | Reading::Link(youtube_id) => Entry::Video { youtube_id, title: fields.title, added_at: fields.added_at },
            Reading::NotAVideo(reason) => Entry::Rejected(reason),
            Reading::Malformed if by_id => Entry::InvalidId,
            Reading::Malformed if link::trim(&said).is_empty() => Entry::Rejected("This entry has no video id.".into()),
            Reading::Malformed => Entry::Rejected(link::NEITHER.into()),
        };
        self.line(list, line, shown, entry)
    }

    /// A line that is in no playlist.
    fn other(&mut self, line: u32, reason: String) -> Result<(), Stop> {
        let list = match self.others {
            Some(list) => list,
            None => *self.others.insert(self.sink.playlist()?),
        };
        self.line(list, line, "{…}".into(), Entry::Rejected(reason))
    }

    fn line(&mut self, list: u32, line: u32, input: String, entry: Entry) -> Result<(), Stop> {
        self.lines += 1;
        self.sink.line(ImportLine { list, line, input, entry })
    }

    /// Says what is wrong, keeps what was read, and begins anew.
    fn abandon(&mut self, line: u32, problem: &str) -> Result<(), Stop> {
        for frame in std::mem::take(&mut self.frames) {
            if let Frame::Object { heading, list: Some(list), .. } = frame {
                self.sink.heading(list, heading)?;
            }
        }
        self.other(line, problem.into())
    }
}
