//! Addresses in XML: `<string>https://…</string>` of a shortcut of macOS, `<location>` and `<title>` of a playlist in XSPF, `href` of bookmarks in
//! XBEL, `url` of an outline in OPML, notes of Evernote.

use std::io::BufRead;

use html5gum::{StartTag, Token};

use super::{
    super::{
        Heading, Position, ReadError, Sink, VideoDetails,
        date::{self, Added},
        link::{self, ParsedVideo},
        links, push_parsed,
        text::decode_truncated,
    },
    html::Tokens,
};
use crate::{
    import::{Entry, MAX_TITLE_CHARS, refusal},
    text::{single_line, trim_invisible},
};

pub(super) fn read<R: BufRead>(tokens: Tokens<R>, sink: &mut dyn Sink) -> Result<(), ReadError> {
    let list = sink.begin_playlist()?;
    let mut reader = Reader { sink, list, tag: Vec::new(), title: None, pending: None, names_video: false, videos: 0, is_feeds: false };
    for token in tokens {
        match token? {
            (line, Token::StartTag(tag)) => reader.open(line, &tag)?,
            (_, Token::EndTag(tag)) => reader.close(&tag.name)?,
            (line, Token::String(text)) => reader.text(line, &decode_truncated(&text))?,
            _ => {}
        }
    }
    reader.push()?;
    match () {
        () if reader.videos > 0 => Ok(()),
        () if reader.is_feeds => Err(ReadError::TextRefused(refusal::subscriptions())),
        () => Err(ReadError::TextRefused(refusal::other_text("an XML file without links to videos"))),
    }
}

/// A video whose title may still follow.
struct Pending {
    line: u32,
    text: String,
    parsed: ParsedVideo,
    details: VideoDetails,
}

struct Reader<'a> {
    sink: &'a mut dyn Sink,
    list: u32,
    /// Name of the innermost tag.
    tag: Vec<u8>,
    /// Of the next video.
    title: Option<String>,
    pending: Option<Pending>,
    /// Whether the entry says which video it is, so that links in its description are others.
    names_video: bool,
    videos: u32,
    /// Whether it lists feeds.
    is_feeds: bool,
}

impl Reader<'_> {
    fn open(&mut self, line: u32, tag: &StartTag<()>) -> Result<(), ReadError> {
        self.tag = tag.name.to_vec();
        let value = |name: &[u8]| tag.attributes.get(name).map(|value| decode_truncated(value)).unwrap_or_default();
        match &tag.name[..] {
            b"tracklist" | b"body" | b"channel" => {
                self.sink.set_heading(self.list, Heading { id: None, name: self.title.take() })?;
            }
            // The next <title> belongs to the playlist, not to a video.
            b"folder" => self.push()?,
            _ => {}
        }
        self.is_feeds |= &tag.name[..] == b"opml";
        let feed = value(b"xmlurl");
        if !feed.is_empty() {
            self.push()?;
            let reason = Entry::Rejected("This is the feed of a channel, not a video.".into());
            push_parsed(self.sink, Position { list: self.list, line }, &feed, ParsedVideo::Malformed, VideoDetails::default(), reason)?;
            return Ok(());
        }
        let title = single_line(&value(b"text"), MAX_TITLE_CHARS).or_else(|| single_line(&value(b"title"), MAX_TITLE_CHARS));
        let added = value(b"added") + &value(b"created");
        let added = if added.is_empty() { Added::Unknown } else { date::parse_added(&added) };
        let address =
            if matches!(&tag.name[..], b"bookmark" | b"outline" | b"link" | b"a") { value(b"href") + &value(b"url") } else { String::new() };
        if !address.is_empty() {
            return self.found(line, address, VideoDetails { title, added });
        }
        if let Some(link) = links::all_links(&value(b"_note")) {
            self.push()?;
            self.pending = Some(Pending { line, text: value(b"_note"), parsed: ParsedVideo::Link(link), details: VideoDetails { title, added } });
        }
        Ok(())
    }

    fn close(&mut self, name: &[u8]) -> Result<(), ReadError> {
        self.tag.clear();
        self.names_video &= !matches!(name, b"item" | b"entry");
        if matches!(name, b"track" | b"bookmark" | b"item" | b"entry" | b"note") {
            self.push()?;
        }
        Ok(())
    }

    fn text(&mut self, line: u32, text: &str) -> Result<(), ReadError> {
        let text = trim_invisible(text);
        match &self.tag[..] {
            b"title" | b"name" => {
                let text = single_line(text, MAX_TITLE_CHARS);
                match &mut self.pending {
                    Some(pending) if pending.details.title.is_none() => pending.details.title = text,
                    _ => self.title = text.or(self.title.take()),
                }
                Ok(())
            }
            b"yt:videoid" => {
                self.names_video = true;
                Ok(())
            }
            b"location" if !text.is_empty() => self.found(line, text.to_owned(), VideoDetails::default()),
            // Pictures and creators of a track have addresses as well.
            b"created" => {
                if let Some(pending) = self.pending.as_mut().filter(|pending| pending.details.added == Added::Unknown) {
                    pending.details.added = date::parse_added(text);
                }
                Ok(())
            }
            b"string" | b"link" | b"guid" | b"key" | b"url" | b"source-url" => match link::parse(text) {
                ParsedVideo::Link(_) | ParsedVideo::OtherLink(_) => self.found(line, text.to_owned(), VideoDetails::default()),
                _ => Ok(()),
            },
            b"image" | b"creator" | b"annotation" | b"info" | b"author" | b"media:thumbnail" => Ok(()),
            _ if self.names_video => Ok(()),
            _ => match links::all_links(text) {
                Some(found) => {
                    self.push()?;
                    // Of a note, whose text comes behind its title.
                    let title = self.title.take().filter(|_| found.ids.len() == 1);
                    let details = VideoDetails { title, added: Added::Unknown };
                    self.pending = Some(Pending { line, text: text.to_owned(), parsed: ParsedVideo::Link(found), details });
                    Ok(())
                }
                None => Ok(()),
            },
        }
    }

    fn found(&mut self, line: u32, text: String, details: VideoDetails) -> Result<(), ReadError> {
        // A note has the address of its page in its text and beside it.
        let is_same = |pending: &Pending| matches!(&pending.parsed, ParsedVideo::Link(_)) && pending.parsed == link::parse(&text);
        if self.tag == b"source-url" && self.pending.as_ref().is_some_and(is_same) {
            return Ok(());
        }
        self.push()?;
        let title = details.title.or_else(|| self.title.take());
        self.pending = Some(Pending { line, parsed: link::parse(&text), text, details: VideoDetails { title, ..details } });
        Ok(())
    }

    fn push(&mut self) -> Result<(), ReadError> {
        let Some(Pending { line, text, parsed, details }) = self.pending.take() else { return Ok(()) };
        self.videos += u32::from(matches!(parsed, ParsedVideo::Link(_)));
        let malformed = Entry::Rejected("This is not a link to a web page.".into());
        push_parsed(self.sink, Position { list: self.list, line }, &text, parsed, details, malformed)
    }
}
