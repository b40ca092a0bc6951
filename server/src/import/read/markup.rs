//! Links in HTML and XML: browsers' bookmarks in Netscape's HTML, where folders are playlists, Pocket's export, web pages, and small XML files
//! such as a shortcut of macOS or a player's playlist.
//!
//! The format of bookmarks has no specification. `<DL>` is a folder's content, the `<H3>` before it its name, `<A>` a link with `ADD_DATE`;
//! everything else is ignored.

mod cells;
mod html;
mod initial_data;
mod kind;
mod xml;

use std::{
    collections::{HashMap, HashSet},
    io::BufRead,
};

use app::wire::ImportFormat;
use html5gum::{StartTag, Token};

pub(crate) use self::cells::CellReader;
use self::html::Tokens;
pub(crate) use self::kind::{MarkupKind, detect};
use super::{
    Heading, Position, ReadError, Sink, VideoDetails,
    date::{self, Added},
    link::{self, ParsedVideo, VideoLink},
    links, push_parsed,
    text::{Lines, decode_truncated},
};
use crate::{
    import::{Entry, MAX_TITLE_CHARS, refusal},
    text::{shorten, single_line},
};

/// Nesting of folders; links of a deeper one belong to the deepest that counts.
const MAX_DEPTH: usize = 64;
/// Characters of a folder's id, which is its path: it has to fit into a source key.
const MAX_FOLDER_ID_CHARS: usize = 287;
const NO_WEB_PAGE: &str = "This bookmark is not a link to a web page.";

/// Pushes every link, with its folder as the playlist.
pub(crate) fn read<R: BufRead>(lines: Lines<R>, kind: MarkupKind, sink: &mut dyn Sink) -> Result<(), ReadError> {
    sink.set_format(match kind {
        MarkupKind::Bookmarks | MarkupKind::Pocket => ImportFormat::BookmarksHtml,
        MarkupKind::Page | MarkupKind::Xml | MarkupKind::Sheet => ImportFormat::Page,
    });
    if kind == MarkupKind::Xml {
        return xml::read(Tokens::new(lines), sink);
    }
    read_page(lines, HtmlPage::new(kind, sink))
}

/// Pushes the links in a mail, as [`mail`](super::mail) has made a page of it.
pub(crate) fn read_mail<R: BufRead>(lines: Lines<R>, sink: &mut dyn Sink) -> Result<(), ReadError> {
    sink.set_format(ImportFormat::Page);
    read_page(lines, HtmlPage { what: "a mail, a calendar or a saved page", ..HtmlPage::new(MarkupKind::Page, sink) })
}

fn read_page<R: BufRead>(lines: Lines<R>, mut page: HtmlPage<'_>) -> Result<(), ReadError> {
    for token in Tokens::new(lines) {
        match token? {
            (line, Token::String(text)) => {
                page.words(line, &text)?;
                page.text(&text);
            }
            (line, Token::StartTag(tag)) => page.open(line, &tag)?,
            (_, Token::EndTag(tag)) => page.close(&tag.name)?,
            _ => {}
        }
    }
    page.finish()
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

struct HtmlPage<'a> {
    kind: MarkupKind,
    /// What it is called where it is refused.
    what: &'static str,
    sink: &'a mut dyn Sink,
    page_title: Option<String>,
    /// How many folders had the same path so far.
    paths: HashMap<String, u32>,
    videos: u32,
    /// Links of a web page that lead to no video, and where the first is.
    others: u32,
    first_other: u32,
    folders: Vec<Folder>,
    ignored_depth: usize,
    /// Videos of a web page so far: it shows each by a picture and by its title.
    seen: HashSet<String>,
    /// The text so far of the link or folder name that is being read.
    captured_text: Option<String>,
    next_folder_name: Option<String>,
    link: Option<Link>,
}

impl<'a> HtmlPage<'a> {
    fn new(kind: MarkupKind, sink: &'a mut dyn Sink) -> Self {
        Self {
            kind,
            what: "a web page",
            sink,
            page_title: None,
            paths: HashMap::new(),
            seen: HashSet::new(),
            videos: 0,
            others: 0,
            first_other: 1,
            folders: Vec::new(),
            ignored_depth: 0,
            captured_text: None,
            next_folder_name: None,
            link: None,
        }
    }

    fn text(&mut self, text: &[u8]) {
        if let Some(captured_text) = &mut self.captured_text
            && captured_text.len() < MAX_TITLE_CHARS * 4
        {
            captured_text.push_str(&decode_truncated(text));
        }
    }

    /// Words of a web page outside of links, in which there may be addresses.
    fn words(&mut self, line: u32, text: &[u8]) -> Result<(), ReadError> {
        if self.kind != MarkupKind::Page || self.captured_text.is_some() {
            return Ok(());
        }
        let Some(found) = links::all_links(&decode_truncated(text)) else { return Ok(()) };
        found.ids.into_iter().try_for_each(|id| self.push_of_page(line, VideoLink { ids: vec![id], front_end: found.front_end.clone() }, None))
    }

    /// Pushes a video of a web page, once.
    fn push_of_page(&mut self, line: u32, found: VideoLink, title: Option<String>) -> Result<(), ReadError> {
        let id = found.ids.first().cloned().unwrap_or_default();
        if !self.seen.insert(id.clone()) {
            return Ok(());
        }
        self.videos += 1;
        let at = Position { list: self.list()?, line };
        push_parsed(self.sink, at, &id, ParsedVideo::Link(found), VideoDetails { title, added: Added::Unknown }, Entry::InvalidId)
    }

    fn open(&mut self, line: u32, tag: &StartTag<()>) -> Result<(), ReadError> {
        match &tag.name[..] {
            b"dl" | b"dt" | b"h3" if self.kind != MarkupKind::Bookmarks => {}
            b"title" if self.kind == MarkupKind::Page => self.captured_text = Some(String::new()),
            b"iframe" | b"embed" if self.kind == MarkupKind::Page => {
                let value = |name: &[u8]| tag.attributes.get(name).map(|value| decode_truncated(value)).unwrap_or_default();
                if let ParsedVideo::Link(found) = link::parse(&value(b"src")) {
                    self.push_of_page(line, found, single_line(&value(b"title"), MAX_TITLE_CHARS))?;
                }
            }
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
                self.link = Some(Link { line, href: value(b"href"), added: value(b"add_date") + &value(b"time_added") });
                self.captured_text = Some(String::new());
            }
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, name: &[u8]) -> Result<(), ReadError> {
        match name {
            b"dl" | b"h3" if self.kind != MarkupKind::Bookmarks => {}
            b"title" if self.kind == MarkupKind::Page && self.link.is_none() => {
                let title = self.captured_text.take().and_then(|text| single_line(&text, MAX_TITLE_CHARS));
                self.page_title = title.map(|title| title.strip_suffix(" - YouTube").map(str::to_owned).unwrap_or(title));
            }
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
        let parsed = match link::parse(&link.href) {
            ParsedVideo::Id(_) if self.kind != MarkupKind::Page => ParsedVideo::Malformed,
            parsed => parsed,
        };
        if let (MarkupKind::Page, ParsedVideo::Link(found)) = (self.kind, &parsed) {
            return self.push_of_page(link.line, found.clone(), title);
        }
        if self.kind == MarkupKind::Page {
            self.first_other = if self.others == 0 { link.line } else { self.first_other };
            self.others += u32::from(!link.href.is_empty() && !link.href.starts_with('#'));
            return Ok(());
        }
        self.videos += 1;
        let shown = if link.href.trim().is_empty() { title.clone().unwrap_or_else(|| "<a>".into()) } else { link.href };
        let details = VideoDetails { title, added: if link.added.is_empty() { Added::Unknown } else { date::parse_added(&link.added) } };
        let at = Position { list: self.list()?, line: link.line };
        push_parsed(self.sink, at, &shown, parsed, details, Entry::Rejected(NO_WEB_PAGE.into()))
    }

    /// The other links of a page are one line.
    fn finish(mut self) -> Result<(), ReadError> {
        self.end_link()?;
        if self.kind == MarkupKind::Page && self.videos == 0 {
            return Err(ReadError::TextRefused(refusal::other_text(&format!("{} without links to videos", self.what))));
        }
        if self.others == 0 {
            return Ok(());
        }
        let at = Position { list: self.list()?, line: self.first_other };
        let reason = match self.others {
            1 => "This page has one link that leads to no YouTube video.".to_owned(),
            others => format!("This page has {others} links that lead to no YouTube video."),
        };
        push_parsed(self.sink, at, "<a>", ParsedVideo::Malformed, VideoDetails::default(), Entry::Rejected(reason))
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
        if self.kind == MarkupKind::Page {
            self.sink.set_heading(list, Heading { id: None, name: self.page_title.clone() })?;
        }
        if self.kind == MarkupKind::Bookmarks {
            let path: Vec<&str> = self.folders.iter().filter_map(|folder| folder.name.as_deref()).collect();
            let (id, name) = (shorten(path.join("/"), MAX_FOLDER_ID_CHARS), path.last().map(|name| (*name).to_owned()));
            let same = self.paths.entry(id.clone()).or_default();
            *same += 1;
            // Two folders of one name in the same place stay two.
            let is_named = self.folders.last().is_some_and(|folder| folder.name.is_some());
            let id = if *same == 1 || !is_named { id } else { format!("{id}#{same}") };
            self.sink.set_heading(list, Heading { id: Some(id), name })?;
        }
        if let Some(folder) = self.folders.last_mut() {
            folder.list = Some(list);
        }
        Ok(list)
    }
}
