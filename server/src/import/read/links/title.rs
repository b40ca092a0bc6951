//! The title in the words beside a link.

use crate::{
    import::MAX_TITLE_CHARS,
    text::{single_line, trim_invisible},
};

/// Words in the place of a title that say nothing of the video.
const LABELS: [&str; 14] =
    ["link", "url", "uri", "href", "video", "watch", "here", "click here", "youtube", "youtu.be", "open", "source", "todo", "done"];
/// What begins a line of a script.
const COMMANDS: [&str; 8] = ["yt-dlp", "youtube-dl", "yt-dlp.exe", "mpv", "vlc", "wget", "curl", "xdg-open"];

/// In the notations in which links have titles, or else the words before the link, or behind it.
pub(super) fn beside(before: &str, after: &str) -> Option<String> {
    if COMMANDS.iter().any(|command| before.strip_prefix(command).is_some_and(|rest| rest.starts_with(' '))) {
        return None;
    }
    let notations = [markdown, org, restructured_text, ascii_doc];
    if let Some(found) = notations.iter().find_map(|notation| notation(before, after)) {
        return clean_title(found.title).or_else(|| longest_cell(found.before, found.after));
    }
    // `[youtube] Extracting URL: ` of a log.
    let is_log = before.starts_with('[') && before.contains(']');
    if is_log {
        return None;
    }
    if before.trim_start().starts_with('|') {
        return longest_cell(before, after);
    }
    clean_title(before).or_else(|| clean_title(after))
}

/// A link with a title, and what stands around both.
struct Titled<'a> {
    title: &'a str,
    before: &'a str,
    after: &'a str,
}

/// `[Title](`; brackets in the title come in pairs.
fn markdown<'a>(before: &'a str, after: &'a str) -> Option<Titled<'a>> {
    let start = before.trim_end_matches('<').strip_suffix("](")?;
    let mut depth = 1;
    let open = start.char_indices().rev().find(|(_, c)| {
        depth += match c {
            ']' => 1,
            '[' => -1,
            _ => 0,
        };
        depth == 0
    })?;
    Some(Titled { title: &start[open.0 + 1..], before: &start[..open.0], after })
}

/// `[[address][Title]]`.
fn org<'a>(before: &'a str, after: &'a str) -> Option<Titled<'a>> {
    let before = before.strip_suffix("[[")?;
    let (title, after) = after.strip_prefix("][")?.split_once("]]")?;
    Some(Titled { title, before, after })
}

/// `` `Title <address>`_ ``.
fn restructured_text<'a>(before: &'a str, after: &'a str) -> Option<Titled<'a>> {
    let after = after.strip_prefix(">`_")?;
    let (before, title) = before.strip_suffix('<')?.rsplit_once('`')?;
    Some(Titled { title, before, after })
}

/// `address[Title]`.
fn ascii_doc<'a>(before: &'a str, after: &'a str) -> Option<Titled<'a>> {
    let (title, after) = after.strip_prefix('[')?.split_once(']')?;
    let title = title.trim_end_matches('^').split(",window=").next().unwrap_or(title);
    Some(Titled { title, before, after })
}

/// Of a row of a table in Markdown.
fn longest_cell(before: &str, after: &str) -> Option<String> {
    let cells = before.split('|').chain(after.split('|')).filter_map(clean_title);
    cells.filter(|cell| cell.chars().any(char::is_alphabetic)).max_by_key(|cell| cell.chars().count())
}

/// Words as a title: without the marks of lists and quotes around them, and without what YouTube's app says around it when it shares.
pub(in crate::import::read) fn clean_title(text: &str) -> Option<String> {
    let mut text = trim_invisible(text);
    for marker in ["- [ ]", "- [x]", "- [X]", "* [ ]"] {
        text = text.strip_prefix(marker).unwrap_or(text);
    }
    let bare = text.trim_matches(|c: char| c.is_whitespace() || "-–—*•+|:;,.=>#<[](){}\"'“”„«»‹›\\/~_：。、".contains(c));
    let text = with_brackets(text, bare);
    let numbered =
        text.split_once(['.', ')']).filter(|(number, rest)| number.len() <= 5 && number.bytes().all(|b| b.is_ascii_digit()) && rest.starts_with(' '));
    let text = numbered.map_or(text, |(_, rest)| rest.trim_start().trim_matches(['*', '_', ' ']));
    let text = shared_title(text).unwrap_or(text);
    let is_label = LABELS.iter().any(|label| text.eq_ignore_ascii_case(label));
    (text.chars().any(char::is_alphanumeric) && !is_label).then(|| single_line(text, MAX_TITLE_CHARS)).flatten()
}

/// `Watch "Title" on YouTube`, in any language.
fn shared_title(text: &str) -> Option<&str> {
    let start = text.find(['"', '“', '„', '«'])?;
    let end = text.rfind(['"', '”', '“', '»'])?;
    let opening = text[start..].chars().next().map_or(1, char::len_utf8);
    let around = (&text[..start], text.get(end..)?);
    (end > start + opening && [around.0, around.1].iter().any(|part| part.contains("YouTube"))).then(|| text[start + opening..end].trim())
}

/// Takes back brackets whose other half is within: `Song (Live)`.
fn with_brackets<'a>(whole: &'a str, bare: &'a str) -> &'a str {
    let mut start = bare.as_ptr() as usize - whole.as_ptr() as usize;
    let mut end = start + bare.len();
    for (open, close) in [('(', ')'), ('[', ']')] {
        let count = |c: char| whole[start..end].matches(c).count();
        if count(open) > count(close) && whole[end..].starts_with(close) {
            end += close.len_utf8();
        } else if count(close) > count(open) && whole[..start].ends_with(open) {
            start -= open.len_utf8();
        }
    }
    &whole[start..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn title_is_found_in_every_notation() {
        for (before, after, title) in [
            ("- [A title](", ") and more", Some("A title")),
            ("see [A [live] title](", ")", Some("A [live] title")),
            ("| 5 | A title | [watch](", ") |", Some("A title")),
            ("| A title | ", " | 3:14 |", Some("A title")),
            ("** TODO [[", "][A title]]", Some("A title")),
            ("* `A title <", ">`_", Some("A title")),
            ("* ", "[A title^] more", Some("A title")),
            ("", " — A title (3:14)", Some("A title (3:14)")),
            ("(Live) A title: ", "", Some("(Live) A title")),
            ("yt-dlp -x ", "", None),
            ("[youtube] Extracting URL: ", "", None),
            ("Link: ", "", None),
        ] {
            assert_eq!(beside(before, after).as_deref(), title, "{before}…{after}");
        }
    }
}
