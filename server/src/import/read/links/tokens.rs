//! What a line consists of: ids, sites, and what is around them.

use super::super::link;
use crate::text::trim_invisible;

/// A line of a chat, whose words are no title: `12/03/2024, 10:15 - Somebody: `, `[12.03.24, 10:15:00] Somebody: `.
pub(super) fn is_message(line: &str) -> bool {
    let line = line.trim_start_matches(['[', '\u{200e}', '\u{200f}']);
    let start: String = line.chars().take(24).collect();
    let has = |marks: &[char]| start.contains(marks);
    let is_dated = start.starts_with(|c: char| c.is_ascii_digit()) && start.chars().filter(char::is_ascii_digit).count() >= 7;
    is_dated && has(&[':']) && has(&['/', '.', '-']) && !start.contains("://")
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

/// An id anywhere in the line that could be no word: `1. ID - title`, `id: ID`, `('ID'),`.
pub(super) fn inner_id(entry: &str) -> Option<(&str, &str)> {
    if entry.contains("://") {
        return None;
    }
    let words = entry.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_');
    let id = words.filter(|word| link::is_id(word)).find(|word| looks_random(word))?;
    let end = id.as_ptr() as usize - entry.as_ptr() as usize + id.len();
    Some((id, &entry[end..]))
}

/// `[youtube]ID[/youtube]`, as forums write it.
pub(super) fn tagged_ids(entry: &str) -> Vec<&str> {
    let ends = entry.match_indices("[/").filter(|(at, _)| {
        let tag = entry[at + 2..].split(']').next().unwrap_or_default();
        ["youtube", "yt", "video", "media"].iter().any(|known| tag.eq_ignore_ascii_case(known))
    });
    ends.filter_map(|(at, _)| entry.get(at.checked_sub(12)?..at)?.strip_prefix([']', '=']).filter(|id| link::is_id(id))).collect()
}

/// Whether capitals or digits stand where a word has none.
fn looks_random(id: &str) -> bool {
    let kinds =
        [id.bytes().any(|b| b.is_ascii_digit()), id.bytes().skip(1).any(|b| b.is_ascii_uppercase()), id.bytes().any(|b| b.is_ascii_lowercase())];
    kinds.iter().filter(|kind| **kind).count() >= 2 && !id.bytes().all(|b| b.is_ascii_digit() || b == b'-')
}

fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, ',' | ';' | ':' | '|' | '(' | '[')
}

/// Removes white space, quotes and brackets around an entry.
pub(super) fn strip_wrapping(text: &str) -> &str {
    trim_invisible(trim_invisible(text).trim_matches(['"', '\'', '<', '>', ',', ';']))
}

/// `youtube ID`: two words, the first the name of a site.
pub(super) fn archive_pair(text: &str) -> Option<(&str, &str)> {
    let (site, id) = text.split_once(' ')?;
    let is_site = !site.is_empty() && site.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b':' | b'.' | b'_' | b'-'));
    (is_site && !id.is_empty() && !id.contains(char::is_whitespace)).then_some((site, id))
}
