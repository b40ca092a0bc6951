//! Finds the videos in one line of text, and the title beside them.

use std::collections::HashSet;

use super::{
    super::link::{self, ParsedVideo},
    TextShape,
    title::{self, clean_title},
    tokens::{archive_pair, inner_id, is_message, leading_id, strip_wrapping, tagged_ids, trailing_id},
};
use crate::{import::MAX_TITLE_CHARS, text::single_line};

/// Endings of files that download programs name after a title and an id.
const FILE_ENDINGS: [&str; 24] = [
    "mp4",
    "mkv",
    "webm",
    "m4a",
    "mp3",
    "opus",
    "ogg",
    "aac",
    "flac",
    "wav",
    "avi",
    "mov",
    "3gp",
    "flv",
    "jpg",
    "png",
    "webp",
    "json",
    "vtt",
    "srt",
    "description",
    "part",
    "ytdl",
    "txt",
];

/// What a line holds.
pub(super) struct Found {
    /// Never empty: a single non-video if the line has none.
    pub(super) parsed: Vec<ParsedVideo>,
    pub(super) title: Option<String>,
    /// The line should have had an id here, but it is malformed.
    pub(super) is_id: bool,
}

impl Found {
    pub(super) fn has_video(&self) -> bool {
        self.parsed.iter().any(|parsed| matches!(parsed, ParsedVideo::Id(_) | ParsedVideo::Link(_)))
    }

    pub(super) fn has_link(&self) -> bool {
        self.parsed.iter().any(|parsed| matches!(parsed, ParsedVideo::OtherLink(_) | ParsedVideo::Link(_)))
    }

    pub(super) fn single(parsed: ParsedVideo, title: Option<String>) -> Self {
        Self { parsed: vec![parsed], title, is_id: false }
    }
}

/// `entry` has no wrapping around it.
pub(super) fn find(entry: &str, shape: TextShape) -> Found {
    let whole = if entry.contains(char::is_whitespace) { ParsedVideo::Malformed } else { link::parse(entry) };
    if matches!(whole, ParsedVideo::Id(_) | ParsedVideo::Link(_)) {
        return Found::single(whole, None);
    }
    // yt-dlp takes what stands behind ` # ` for a remark.
    let is_video = |(start, _): &(&str, &str)| start.contains("://") || (link::is_id(start.trim()) && !link::is_plain_word(start.trim()));
    let (entry, remark) = entry.split_once(" # ").filter(is_video).unwrap_or((entry, ""));
    if link::is_id(entry.trim()) && !remark.is_empty() {
        return Found::single(link::parse(entry), clean_title(remark));
    }
    let (links, title) = links(entry);
    if !links.is_empty() {
        let title = title.or_else(|| clean_title(remark).filter(|remark| !remark.contains("://"))).filter(|_| links.len() == 1);
        return Found { parsed: links, title, is_id: false };
    }
    if let Some(archived) = shape.archive.then(|| archive_pair(entry)).flatten() {
        return archived_video(archived);
    }
    if let Some(parsed) = several_on_a_line(entry) {
        return Found { parsed, title: None, is_id: false };
    }
    if let Some(ids) = only_ids(entry) {
        return Found { parsed: ids, title: None, is_id: false };
    }
    if let Some((id, title)) = id_beside_title(entry, shape) {
        return Found::single(ParsedVideo::Id(id.to_owned()), title);
    }
    let other = entry.split(is_word_boundary).map(|word| link::parse(strip_wrapping(word))).find(|word| matches!(word, ParsedVideo::OtherLink(_)));
    Found::single(if matches!(whole, ParsedVideo::OtherLink(_)) { whole } else { other.unwrap_or(whole) }, None)
}

/// The links to videos among words, or in Markdown, and the words beside a single one.
pub(super) fn links(entry: &str) -> (Vec<ParsedVideo>, Option<String>) {
    let (mut found, mut seen) = (Vec::new(), HashSet::new());
    let mut span = None;
    for word in entry.split(is_word_boundary).flat_map(split_addresses) {
        let word = strip_wrapping(word);
        // `youtube=https://…` of a blog, or a link without a space before it, as in Chinese.
        let word = glued_link(word).unwrap_or(word);
        let parsed = if word.contains(['/', ':', '.']) { link::parse(word) } else { ParsedVideo::Malformed };
        if matches!(parsed, ParsedVideo::Link(_)) && seen.insert(parsed.clone()) {
            let start = word.as_ptr() as usize - entry.as_ptr() as usize;
            span.get_or_insert((start, start + word.len()));
            found.push(parsed);
        }
    }
    let title = span.filter(|_| found.len() == 1 && !is_message(entry)).and_then(|(start, end)| title::beside(&entry[..start], &entry[end..]));
    (found, title)
}

/// Splits `https://…,https://…` at the commas.
fn split_addresses(word: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(word);
    std::iter::from_fn(move || {
        let text = rest?;
        let is_start = |at: &usize| ["http://", "https://"].iter().any(|start| text[at + 1..].starts_with(start));
        let end = text.match_indices([',', ';']).map(|(at, _)| at).find(is_start);
        rest = end.map(|at| &text[at + 1..]);
        Some(end.map_or(text, |at| &text[..at]))
    })
}

/// The link that begins inside of a word. One that begins the word may carry another in it, and is left whole.
fn glued_link(word: &str) -> Option<&str> {
    let at = ["http://", "https://"].iter().filter_map(|start| word.find(start)).min()?;
    let before = &word[..at];
    let is_address = before.contains("://") || (before.contains('.') && before.contains(['/', '?']));
    (!is_address).then(|| &word[at..])
}

/// A line of nothing but ids, with whatever between them.
pub(super) fn only_ids(entry: &str) -> Option<Vec<ParsedVideo>> {
    let words = || entry.split(|c: char| c.is_whitespace() || matches!(c, '|' | ';' | '/' | ',')).filter(|word| !word.is_empty());
    let is_list = words().take(2).count() == 2 && words().all(link::is_id) && words().any(|word| !link::is_plain_word(word));
    is_list.then(|| words().map(|word| ParsedVideo::Id(word.to_owned())).collect())
}

/// What a shell or an editor made one line of: `youtube ID youtube ID`, `Title [ID].mkv Title [ID].mkv`.
fn several_on_a_line(entry: &str) -> Option<Vec<ParsedVideo>> {
    let words = || entry.split_whitespace();
    let ids: Vec<&str> = if words().step_by(2).all(|word| word.eq_ignore_ascii_case("youtube")) {
        words().skip(1).step_by(2).filter(|id| link::is_id(id)).collect()
    } else if entry.contains("[/") {
        tagged_ids(entry)
    } else {
        let files = entry.match_indices("].").filter(|(at, _)| {
            let ending = entry[at + 2..].split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
            FILE_ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known))
        });
        let ids = files.filter_map(|(at, _)| entry.get(at.checked_sub(12)?..at)?.strip_prefix('[').filter(|id| link::is_id(id)));
        ids.collect()
    };
    (ids.len() > 1 || (ids.len() == 1 && entry.contains("[/"))).then(|| ids.into_iter().map(|id| ParsedVideo::Id(id.to_owned())).collect())
}

/// `youtube ID` of an archive of yt-dlp; another site's line says which.
fn archived_video((site, id): (&str, &str)) -> Found {
    if site.eq_ignore_ascii_case("youtube") {
        let parsed = link::parse(id);
        return Found { is_id: true, ..Found::single(if matches!(parsed, ParsedVideo::Id(_)) { parsed } else { ParsedVideo::Malformed }, None) };
    }
    Found::single(ParsedVideo::OtherLink(format!("This is a video of {}, not of YouTube.", site.chars().take(80).collect::<String>())), None)
}

/// An id and what is left of the line: `[ID]` anywhere, `Title-ID.mp4`, and where the text is written so, at the line's beginning or end.
fn id_beside_title(entry: &str, shape: TextShape) -> Option<(&str, Option<String>)> {
    if entry.contains("://") {
        return None;
    }
    if let Some((start, id)) = bracketed_id(entry) {
        return Some((id, file_title(&entry[..start])));
    }
    if let Some((title, id)) = file_name(entry) {
        return Some((id, file_title(title)));
    }
    let found = shape.id_first.then(|| leading_id(entry)).or_else(|| shape.id_last.then(|| trailing_id(entry))).flatten();
    let found = found.or_else(|| shape.id_within.then(|| inner_id(entry)).flatten());
    found.map(|(id, title)| (id, clean_title(title)))
}

/// The title in a file's name, without folders and the number in a playlist.
fn file_title(name: &str) -> Option<String> {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name).trim();
    let number = name.split_once(" - ").filter(|(number, _)| !number.is_empty() && number.len() <= 4 && number.bytes().all(|b| b.is_ascii_digit()));
    single_line(number.map_or(name, |(_, title)| title), MAX_TITLE_CHARS)
}

/// yt-dlp's default name of a file: `Title [ID].mp4`.
fn bracketed_id(entry: &str) -> Option<(usize, &str)> {
    entry.rmatch_indices('[').take(4).find_map(|(at, _)| {
        let id = entry.get(at + 1..at + 12)?;
        (link::is_id(id) && !link::is_plain_word(id) && entry[at + 12..].starts_with(']')).then_some((at, id))
    })
}

/// youtube-dl's: `Title-ID.mp4`.
fn file_name(entry: &str) -> Option<(&str, &str)> {
    let (stem, ending) = entry.rsplit_once('.')?;
    FILE_ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known)).then_some(())?;
    let stem = stem.strip_suffix(".info").unwrap_or(stem);
    let stem = stem.rsplit(['/', '\\']).next().unwrap_or(stem);
    let at = stem.len().checked_sub(11)?;
    let id = stem.get(at..)?;
    let title = stem.get(..at)?.strip_suffix('-')?;
    (link::is_id(id) && !link::is_plain_word(id) && !title.is_empty()).then_some((title, id))
}

fn is_word_boundary(c: char) -> bool {
    c.is_whitespace() || matches!(c, '(' | ')' | '[' | ']' | '<' | '>' | '"' | '|' | '`' | '“' | '”' | '「' | '」')
}
