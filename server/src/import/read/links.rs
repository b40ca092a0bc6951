//! Reads any text in which links or ids stand, line by line: lists of links, yt-dlp's archives, file names, chats, playlists of players.
//!
//! All entries of a line have its number here; `forward` makes the numbers of a list distinct.

mod line;
mod shape;
mod title;
mod tokens;

use std::io::BufRead;

pub(crate) use self::shape::TextShape;
use self::{
    line::{Found, find, only_ids},
    shape::IniKey,
};
use super::{
    Heading, Position, ReadError, Sink, VideoDetails,
    date::Added,
    link::{self, ParsedVideo, VideoLink},
    push_parsed,
    text::{Line, Lines, is_segment_end},
};
use crate::{
    import::{Entry, MAX_TITLE_CHARS},
    text::{single_line, trim_invisible},
};

pub(crate) fn read<R: BufRead>(lines: Lines<R>, shape: TextShape, sink: &mut dyn Sink) -> Result<(), ReadError> {
    let list = sink.begin_playlist()?;
    let mut reader = Reader { list, shape, title: None, undecided: None, directives: 0, sink };
    for line in lines {
        reader.line(&line?)?;
    }
    reader.decide(None)
}

/// A line whose verdict depends on the next one.
struct Undecided {
    line: u32,
    input: String,
    found: Found,
}

struct Reader<'a> {
    list: u32,
    shape: TextShape,
    /// From the line before, for the next video.
    title: Option<String>,
    undecided: Option<Undecided>,
    /// Lines of Grayjay's head so far.
    directives: u32,
    sink: &'a mut dyn Sink,
}

impl Reader<'_> {
    fn line(&mut self, line: &Line) -> Result<(), ReadError> {
        let text = trim_invisible(&line.text);
        if text.is_empty() {
            return Ok(());
        }
        if !line.continued && self.directive(text)? {
            return Ok(());
        }
        if self.shape.ini {
            return self.ini(line.number, text);
        }
        // The rest of an entry of more than 64 KiB, which already has its verdict, is skipped.
        let text = if line.mid_entry { text.find(is_segment_end).map_or("", |end| &text[end + 1..]) } else { text };
        for entry in candidates(text) {
            self.entry(line.number, entry)?;
        }
        Ok(())
    }

    /// Lines of a player's playlist that say something about the next one.
    fn directive(&mut self, text: &str) -> Result<bool, ReadError> {
        if self.shape.grayjay && self.directives < 2 {
            self.directives += 1;
            if self.directives == 2 {
                self.sink.set_heading(self.list, grayjay_heading(text))?;
            }
            return Ok(true);
        }
        if !self.shape.m3u || !text.starts_with('#') {
            return Ok(false);
        }
        if let Some(info) = text.strip_prefix("#EXTINF:") {
            self.title = extinf_title(info).and_then(|title| single_line(title, MAX_TITLE_CHARS));
        } else if let Some(name) = text.strip_prefix("#PLAYLIST:") {
            self.sink.set_heading(self.list, Heading { id: None, name: single_line(name, MAX_TITLE_CHARS) })?;
        }
        Ok(true)
    }

    /// Lines `key=value`; a title may come before or after its address.
    fn ini(&mut self, line: u32, text: &str) -> Result<(), ReadError> {
        let is_record = text.starts_with('-') || text.starts_with("[[");
        if is_record {
            self.decide(None)?;
        }
        // What was called so until here is a group of videos.
        if is_record || text.ends_with(':') {
            self.title = None;
        }
        if text.trim_start_matches(['-', ' ']).starts_with('{') {
            return text.split(", ").try_for_each(|field| self.ini_field(line, field));
        }
        self.ini_field(line, text)
    }

    fn ini_field(&mut self, line: u32, text: &str) -> Result<(), ReadError> {
        match shape::ini_key(text) {
            Some((IniKey::Address, value)) => {
                self.decide(None)?;
                let title = self.title.take();
                self.undecided = Some(Undecided { line, input: value.to_owned(), found: Found::single(link::parse(value), title) });
            }
            Some((IniKey::Title, title)) => {
                let title = single_line(title, MAX_TITLE_CHARS);
                match &mut self.undecided {
                    Some(undecided) if undecided.found.title.is_none() => undecided.found.title = title,
                    _ => self.title = title,
                }
            }
            None => {}
        }
        Ok(())
    }

    fn entry(&mut self, line: u32, input: &str) -> Result<(), ReadError> {
        let mut found = find(input, self.shape);
        found.title = found.title.take().filter(|_| !self.shape.chat);
        let is_bare = found.title.is_none() && found.parsed.len() == 1 && found.has_video();
        let title = self.title.take();
        if is_bare {
            found.title = title;
        }
        self.decide(is_bare.then_some(&mut found))?;
        if self.shape.titles_above && !found.has_video() {
            self.undecided = Some(Undecided { line, input: input.to_owned(), found });
            return Ok(());
        }
        self.push(Undecided { line, input: input.to_owned(), found })
    }

    /// A line without a video above a bare link is its title, in a text that is written so.
    fn decide(&mut self, below: Option<&mut Found>) -> Result<(), ReadError> {
        let Some(undecided) = self.undecided.take() else { return Ok(()) };
        match below {
            Some(below) if !undecided.found.has_link() => {
                below.title = below.title.take().or_else(|| title::clean_title(&undecided.input));
                Ok(())
            }
            _ => self.push(undecided),
        }
    }

    fn push(&mut self, Undecided { line, input, found }: Undecided) -> Result<(), ReadError> {
        let at = Position { list: self.list, line };
        let many = found.parsed.len() > 1;
        for parsed in found.parsed {
            let details = VideoDetails { title: found.title.clone().filter(|_| !many), added: Added::Unknown };
            let malformed = if found.is_id { Entry::InvalidId } else { Entry::Rejected(link::NOT_A_LINK_OR_ID.into()) };
            push_parsed(self.sink, at, &input, parsed, details, malformed)?;
        }
        Ok(())
    }
}

/// The entries of a line. Commas separate only when no entry has a space in it: `Hello, world https://youtu.be/…` is one entry.
fn candidates(text: &str) -> impl Iterator<Item = &str> {
    let is_many = text.contains("video_ids=");
    let is_list =
        !is_many && text.split(',').filter(|piece| !piece.is_empty()).all(|piece| !tokens::strip_wrapping(piece).contains(char::is_whitespace));
    let pieces = text.split(move |c| is_list && c == ',').filter(|piece| !piece.is_empty());
    pieces.map(tokens::strip_wrapping).filter(|entry| !entry.is_empty())
}

/// What stands behind the first comma outside of quotes: `-1 group-title="Music, live",Title`.
fn extinf_title(info: &str) -> Option<&str> {
    let mut quoted = false;
    let comma = info.char_indices().find(|(_, c)| {
        quoted ^= *c == '"';
        *c == ',' && !quoted
    });
    comma.map(|(at, _)| &info[at + 1..])
}

/// `Name:::id`, as Grayjay writes the head of a playlist.
pub(crate) fn grayjay_heading(text: &str) -> Heading {
    let (name, id) = text.rsplit_once(":::").map_or((text, None), |(name, id)| (name, Some(id)));
    Heading { id: id.and_then(|id| single_line(id, MAX_TITLE_CHARS)), name: single_line(name, MAX_TITLE_CHARS) }
}

/// All links to videos in a text, as one.
pub(crate) fn all_links(text: &str) -> Option<VideoLink> {
    if !text.contains('.') {
        return None;
    }
    let links = find(text, TextShape::default()).parsed.into_iter();
    let mut links = links.filter_map(|parsed| if let ParsedVideo::Link(link) = parsed { Some(link) } else { None });
    let mut all = links.next()?;
    for link in links {
        all.ids.extend(link.ids);
        all.front_end = all.front_end.or(link.front_end);
    }
    Some(all)
}

/// The videos of a field that names several: links with anything between them, or ids; else none.
pub(crate) fn several(text: &str) -> Option<Vec<ParsedVideo>> {
    let is_one = !text.contains(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '|'));
    let links = || Some(line::links(text).0).filter(|links| !links.is_empty());
    (!is_one).then(|| only_ids(text).or_else(links)).flatten().filter(|found| found.len() > 1)
}

/// Reads the addresses in a small binary file.
pub(crate) fn read_strings(bytes: &[u8], sink: &mut dyn Sink) -> Result<(), ReadError> {
    let list = sink.begin_playlist()?;
    let text: String = bytes.iter().map(|&b| if b.is_ascii_graphic() { char::from(b) } else { '\n' }).collect();
    for (at, word) in text.split('\n').enumerate().filter(|(_, word)| word.contains("://")) {
        // A length before it may look like a letter.
        let address = word.find("http").map_or(word, |start| &word[start..]);
        let malformed = Entry::Rejected(link::NOT_A_LINK_OR_ID.into());
        push_parsed(sink, Position { list, line: at as u32 + 1 }, address, link::parse(address), VideoDetails::default(), malformed)?;
    }
    Ok(())
}
