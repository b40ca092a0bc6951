//! Finds the videos in one line of text, and the title beside them.

use super::{
    super::link::{self, ParsedVideo},
    TextShape,
    shape::archive_pair,
};
use crate::{
    import::MAX_TITLE_CHARS,
    text::{single_line, trim_invisible},
};

/// Links of one line that are read.
const MAX_LINKS_PER_LINE: usize = 1_000;
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
    /// Never empty; one that is no video where there is none.
    pub(super) parsed: Vec<ParsedVideo>,
    pub(super) title: Option<String>,
    /// Whether a malformed text stands in the place of an id.
    pub(super) is_id: bool,
}

impl Found {
    pub(super) fn has_video(&self) -> bool {
        self.parsed.iter().any(|parsed| matches!(parsed, ParsedVideo::Id(_) | ParsedVideo::Link(_)))
    }

    pub(super) fn has_link(&self) -> bool {
        self.parsed.iter().any(|parsed| matches!(parsed, ParsedVideo::OtherLink(_) | ParsedVideo::Link(_)))
    }

    pub(super) fn one(parsed: ParsedVideo, title: Option<String>) -> Self {
        Self { parsed: vec![parsed], title, is_id: false }
    }
}

/// `entry` has no wrapping around it.
pub(super) fn find(entry: &str, shape: TextShape) -> Found {
    let whole = if entry.contains(char::is_whitespace) { ParsedVideo::Malformed } else { link::parse(entry) };
    if matches!(whole, ParsedVideo::Id(_) | ParsedVideo::Link(_)) {
        return Found::one(whole, None);
    }
    // yt-dlp takes what stands behind ` # ` for a remark.
    let entry = entry.split_once(" # ").filter(|(start, _)| start.contains("://")).map_or(entry, |(start, _)| start);
    let (links, title) = links(entry);
    if !links.is_empty() {
        return Found { parsed: links, title, is_id: false };
    }
    if let Some(archived) = shape.archive.then(|| archive_pair(entry)).flatten() {
        return archived_video(archived);
    }
    if let Some((id, title)) = id_beside_title(entry, shape) {
        return Found::one(ParsedVideo::Id(id.to_owned()), title);
    }
    let other = entry.split(is_word_boundary).map(|word| link::parse(strip_wrapping(word))).find(|word| matches!(word, ParsedVideo::OtherLink(_)));
    Found::one(if matches!(whole, ParsedVideo::OtherLink(_)) { whole } else { other.unwrap_or(whole) }, None)
}

/// The links to videos among words, or in Markdown, and the words beside a single one.
fn links(entry: &str) -> (Vec<ParsedVideo>, Option<String>) {
    let mut found = Vec::new();
    let mut span = None;
    for word in entry.split(is_word_boundary) {
        let word = strip_wrapping(word);
        // `youtube=https://…` of a blog.
        let word = word.find("=http").map(|at| at + 1).filter(|at| !word[..*at].contains(['?', '&', '/'])).map_or(word, |start| &word[start..]);
        let parsed = if word.contains(['/', ':', '.']) { link::parse(word) } else { ParsedVideo::Malformed };
        if matches!(parsed, ParsedVideo::Link(_)) && !found.contains(&parsed) {
            let start = word.as_ptr() as usize - entry.as_ptr() as usize;
            span.get_or_insert((start, start + word.len()));
            found.push(parsed);
            if found.len() == MAX_LINKS_PER_LINE {
                break;
            }
        }
    }
    let title = span.filter(|_| found.len() == 1 && !is_message(entry)).and_then(|(start, end)| {
        let (before, after) = (&entry[..start], &entry[end..]);
        // `[youtube] Extracting URL: ` of a log, but not `[Title](` of Markdown.
        let is_log = before.starts_with('[') && before.contains(']') && !before.contains("](");
        if is_log { None } else { clean_title(before).or_else(|| clean_title(after)) }
    });
    (found, title)
}

/// A line of a chat, whose words are no title: `12/03/2024, 10:15 - Somebody: `, `[12.03.24, 10:15:00] Somebody: `.
pub(super) fn is_message(line: &str) -> bool {
    let line = line.trim_start_matches(['[', '\u{200e}', '\u{200f}']);
    let start: String = line.chars().take(24).collect();
    let has = |marks: &[char]| start.contains(marks);
    let is_dated = start.starts_with(|c: char| c.is_ascii_digit()) && start.chars().filter(char::is_ascii_digit).count() >= 7;
    is_dated && has(&[':']) && has(&['/', '.', '-']) && !start.contains("://")
}

/// `youtube ID` of an archive of yt-dlp; another site's line says which.
fn archived_video((site, id): (&str, &str)) -> Found {
    if site.eq_ignore_ascii_case("youtube") {
        let parsed = link::parse(id);
        return Found { is_id: true, ..Found::one(if matches!(parsed, ParsedVideo::Id(_)) { parsed } else { ParsedVideo::Malformed }, None) };
    }
    Found::one(ParsedVideo::OtherLink(format!("This is a video of {}, not of YouTube.", site.chars().take(80).collect::<String>())), None)
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

/// `ID title`, with anything between them that no id has.
pub(super) fn leading_id(entry: &str) -> Option<(&str, &str)> {
    let (id, rest) = entry.split_at_checked(11)?;
    (link::is_id(id) && rest.starts_with(is_separator)).then_some((id, rest))
}

/// `title ID`.
pub(super) fn trailing_id(entry: &str) -> Option<(&str, &str)> {
    let entry = entry.trim_end_matches([')', ']']);
    let (rest, id) = entry.split_at_checked(entry.len().checked_sub(11)?)?;
    (link::is_id(id) && rest.ends_with(is_separator)).then_some((id, rest))
}

fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, ',' | ';' | ':' | '|' | '(' | '[')
}

/// Words as a title: without the marks of lists and quotes around them, and without what YouTube's app says around it when it shares.
pub(super) fn clean_title(text: &str) -> Option<String> {
    let mut text = trim_invisible(text);
    for marker in ["- [ ]", "- [x]", "- [X]", "* [ ]"] {
        text = text.strip_prefix(marker).unwrap_or(text);
    }
    let text = text.trim_matches(|c: char| c.is_whitespace() || "-–—*•+|:;,.=>#<[](){}\"'“”„«»‹›\\/~_".contains(c));
    let numbered =
        text.split_once(['.', ')']).filter(|(number, rest)| number.len() <= 5 && number.bytes().all(|b| b.is_ascii_digit()) && rest.starts_with(' '));
    let text = numbered.map_or(text, |(_, rest)| rest.trim_start().trim_matches(['*', '_', ' ']));
    let text = shared_title(text).unwrap_or(text);
    text.chars().any(char::is_alphanumeric).then(|| single_line(text, MAX_TITLE_CHARS)).flatten()
}

/// `Watch "Title" on YouTube`, in any language.
fn shared_title(text: &str) -> Option<&str> {
    let start = text.find(['"', '“', '„', '«'])?;
    let end = text.rfind(['"', '”', '“', '»'])?;
    let opening = text[start..].chars().next().map_or(1, char::len_utf8);
    let around = (&text[..start], text.get(end..)?);
    (end > start + opening && [around.0, around.1].iter().any(|part| part.contains("YouTube"))).then(|| text[start + opening..end].trim())
}

/// Removes white space, quotes and brackets around an entry.
pub(super) fn strip_wrapping(text: &str) -> &str {
    trim_invisible(trim_invisible(text).trim_matches(['"', '\'', '<', '>', ',', ';']))
}

fn is_word_boundary(c: char) -> bool {
    c.is_whitespace() || matches!(c, '(' | ')' | '[' | ']' | '<' | '>' | '"' | '|' | '`' | '“' | '”' | '「' | '」')
}
