//! Bookmarks in Netscape's HTML, which all browsers export: links are lines, folders are playlists.
//!
//! The format has no specification. `<DL>` is a folder's content, the `<H3>` before it its name, `<A>` a link with `ADD_DATE` in seconds;
//! everything else is ignored.

mod html;

use std::io::{BufRead, Read};

use app::wire::ImportFormat;
use html5gum::{StartTag, Token};
use sha2::{Digest as _, Sha256};

use self::html::Tokens;
use super::{
    Heading, ReadError, Sink, date,
    link::{self, ParsedVideo},
    text::{self, Lines, decode_truncated},
};
use crate::import::{Entry, ImportError, ImportLine, MAX_INPUT_CHARS, MAX_TITLE_CHARS, refusal, single_line};

/// Nesting of folders; links of a deeper one belong to the deepest that counts.
const MAX_DEPTH: usize = 64;
/// Characters of a folder's path in its id, so that with a hash behind it the id fits into a source key.
const MAX_PATH_CHARS: usize = 270;

/// Detects bookmarks. Refuses files that are known to be something else.
pub(crate) fn detect(head: &[u8]) -> Result<ImportFormat, ImportError> {
    let mut bytes = Vec::new();
    text::to_utf8(head).and_then(|mut text| text.read_to_end(&mut bytes)).map_err(refusal::unreadable)?;
    let text = String::from_utf8_lossy(&bytes).to_ascii_lowercase();
    let has = |mark| text.contains(mark);
    match () {
        () if has("netscape-bookmark-file") || (has("<dl") && has("<dt")) => Ok(ImportFormat::BookmarksHtml),
        () if has("<opml") => Err(refusal::subscriptions()),
        () if has("mdl-grid") || has("content-cell") => Err(refusal::history()),
        () if link::trim_invisible(&text).starts_with("<?xml") => Err(refusal::other_text("an XML file")),
        () => Err(refusal::other_text("a web page")),
    }
}

/// Pushes every link, with its folder as the playlist.
pub(crate) fn read<R: BufRead>(lines: Lines<R>, sink: &mut dyn Sink) -> Result<(), ReadError> {
    let mut page = Page { sink, folders: Vec::new(), ignored_depth: 0, captured_text: None, next_folder_name: None, link: None };
    for token in Tokens::new(lines) {
        match token? {
            (_, Token::String(text)) => page.text(&text),
            (line, Token::StartTag(tag)) => page.open(line, &tag)?,
            (_, Token::EndTag(tag)) => page.close(&tag.name)?,
            _ => {}
        }
    }
    page.end_link()
}

#[derive(Default)]
struct Folder {
    name: Option<String>,
    /// Set at its first link.
    list: Option<u32>,
}

/// A link whose text is being read.
struct Link {
    line: u32,
    href: String,
    added: String,
}

struct Page<'a> {
    sink: &'a mut dyn Sink,
    folders: Vec<Folder>,
    ignored_depth: usize,
    /// The text so far of the link or folder name that is being read.
    captured_text: Option<String>,
    next_folder_name: Option<String>,
    link: Option<Link>,
}

impl Page<'_> {
    fn text(&mut self, text: &[u8]) {
        if let Some(captured_text) = &mut self.captured_text
            && captured_text.len() < MAX_TITLE_CHARS * 4
        {
            captured_text.push_str(&decode_truncated(text));
        }
    }

    fn open(&mut self, line: u32, tag: &StartTag<()>) -> Result<(), ReadError> {
        match &tag.name[..] {
            b"dl" if self.folders.len() == MAX_DEPTH => self.ignored_depth += 1,
            b"dl" => {
                self.end_link()?;
                self.folders.push(Folder { name: self.next_folder_name.take(), list: None });
            }
            b"dt" => self.end_link()?,
            b"h3" => {
                self.end_link()?;
                self.captured_text = Some(String::new());
            }
            b"a" => {
                self.end_link()?;
                let value = |name: &[u8]| tag.attributes.get(name).map(|value| decode_truncated(value)).unwrap_or_default();
                self.link = Some(Link { line, href: value(b"href"), added: value(b"add_date") });
                self.captured_text = Some(String::new());
            }
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, name: &[u8]) -> Result<(), ReadError> {
        match name {
            b"h3" if self.link.is_none() => self.next_folder_name = self.captured_text.take().and_then(|text| single_line(&text, MAX_TITLE_CHARS)),
            b"a" => self.end_link()?,
            b"dl" if self.ignored_depth > 0 => self.ignored_depth -= 1,
            b"dl" => {
                self.end_link()?;
                self.folders.pop();
            }
            _ => {}
        }
        Ok(())
    }

    /// Pushes the link, now that its text is complete.
    fn end_link(&mut self) -> Result<(), ReadError> {
        let Some(link) = self.link.take() else { return Ok(()) };
        // Browsers give a bookmark without a title its address.
        let title = self.captured_text.take().and_then(|text| single_line(&text, MAX_TITLE_CHARS)).filter(|title| *title != link.href);
        let entry = match link::parse(&link.href) {
            ParsedVideo::Link(youtube_id) => Entry::Video { youtube_id, title: title.clone(), added_at: date::parse_time_or_date(&link.added) },
            ParsedVideo::OtherLink(reason) => Entry::Rejected(reason),
            ParsedVideo::Id(_) | ParsedVideo::Malformed => Entry::Rejected("This bookmark is not a link to a web page.".into()),
        };
        let input = single_line(&link.href, MAX_INPUT_CHARS).or(title).unwrap_or_else(|| "<a>".into());
        let list = self.list()?;
        self.sink.push_line(ImportLine { list, line: link.line, input, entry })
    }

    /// The playlist of the innermost folder.
    fn list(&mut self) -> Result<u32, ReadError> {
        if self.folders.is_empty() {
            self.folders.push(Folder::default());
        }
        if let Some(list) = self.folders.last().and_then(|folder| folder.list) {
            return Ok(list);
        }
        let list = self.sink.begin_playlist()?;
        let path: Vec<&str> = self.folders.iter().filter_map(|folder| folder.name.as_deref()).collect();
        let heading = Heading { id: Some(short_id(path.join("/"))), name: path.last().map(|name| (*name).to_owned()) };
        self.sink.set_heading(list, heading)?;
        if let Some(folder) = self.folders.last_mut() {
            folder.list = Some(list);
        }
        Ok(list)
    }
}

/// A long path is replaced by its beginning and a hash, so that folders whose paths begin alike stay apart.
fn short_id(path: String) -> String {
    let Some((end, _)) = path.char_indices().nth(MAX_PATH_CHARS) else { return path };
    let hash = Sha256::digest(&path).iter().take(8).fold(0, |hash, byte| (hash << 8) | u64::from(*byte));
    format!("{}#{hash:016x}", &path[..end])
}
