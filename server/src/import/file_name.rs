//! The names of playlists' files: `Title-videos(1).csv`, `Vidéos de Title.csv`.

use unicode_normalization::UnicodeNormalization as _;

use crate::{import::MAX_TITLE_CHARS, text::single_line};

/// What Google Takeout puts behind a title in the languages that most people use. Only for a file that comes alone: in an archive it is told
/// from the other files.
const VIDEOS_SUFFIXES: [&str; 16] = [
    "videos",
    "video",
    "vidéos",
    "vídeos",
    "wideo",
    "filmy",
    "videoer",
    "videoklipp",
    "видео",
    "відео",
    "動画",
    "影片",
    "视频",
    "동영상",
    "videók",
    "βίντεο",
];

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileName {
    /// Without folders, ending and number, in Unicode's form NFC.
    pub(crate) stem: String,
    /// Tells playlists of one title apart: the second file is `Music-videos(1).csv`.
    pub(crate) number: usize,
}

/// What stands before and behind the titles in the names of an archive's files, as [`letters`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Affixes {
    pub(crate) before: String,
    pub(crate) behind: String,
}

impl FileName {
    pub(crate) fn parse(path: &str) -> Self {
        let file = path.rsplit(['/', '\\']).next().unwrap_or_default().trim();
        let stem = match file.rsplit_once('.') {
            Some((stem, end)) if !stem.is_empty() && end.len() <= 7 && end.bytes().all(|b| b.is_ascii_alphanumeric()) => stem,
            _ => file,
        };
        let (stem, number) = split_number(stem.trim());
        Self { stem: stem.nfc().collect(), number }
    }

    /// The title when the file was uploaded by itself.
    pub(crate) fn title(&self) -> Option<String> {
        let title = match self.stem.rsplit_once('-') {
            Some((title, end)) if VIDEOS_SUFFIXES.contains(&end.trim().to_lowercase().as_str()) => title,
            _ => &self.stem,
        };
        let title = without_hash(title);
        // A name that a program made: `watch_later`.
        let is_made = title.contains('_') && title.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        if is_made { single_line(&capitalised(&title.replace('_', " ")), MAX_TITLE_CHARS) } else { single_line(title, MAX_TITLE_CHARS) }
    }

    /// The title, in an archive whose other files have these affixes.
    pub(crate) fn title_within(&self, affixes: &Affixes) -> Option<String> {
        let (mut title, separators) = (self.stem.as_str(), [' ', '-', '_', '\u{a0}', '–']);
        if let Some(rest) = strip_letters_before(title, &affixes.before) {
            title = rest.trim_start_matches(separators);
        }
        if let Some(rest) = strip_letters_behind(title, &affixes.behind) {
            // One separator belongs to the suffix, the rest to the title.
            title = rest.strip_suffix(separators).unwrap_or(rest);
        }
        single_line(title, MAX_TITLE_CHARS)
    }
}

/// Without the hash that Notion puts behind a name, and the `_all` of its second table.
fn without_hash(name: &str) -> &str {
    let stem = name.strip_suffix("_all").unwrap_or(name);
    let hash = stem.rsplit_once(' ').filter(|(_, hash)| hash.len() == 32 && hash.bytes().all(|b| b.is_ascii_hexdigit()));
    hash.map_or(name, |(title, _)| title)
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The folder of a path in an archive.
pub(crate) fn folder(path: &str) -> &str {
    path.rsplit_once(['/', '\\']).map_or("", |(folder, _)| folder)
}

/// What is compared of names: letters, digits and pictures, in Unicode's form NFC. File names have `_` for characters that a path cannot
/// hold, so punctuation does not count.
pub(crate) fn letters(name: &str) -> String {
    name.nfc().filter(|&c| is_letter(c)).collect()
}

fn is_letter(c: char) -> bool {
    c.is_alphanumeric() || (c >= '\u{2190}' && !c.is_whitespace())
}

fn strip_letters_before<'a>(text: &'a str, before: &str) -> Option<&'a str> {
    let mut wanted = before.chars().peekable();
    wanted.peek()?;
    for (at, c) in text.char_indices() {
        match wanted.peek() {
            None => return Some(&text[at..]),
            Some(next) if *next == c => drop(wanted.next()),
            Some(_) if !is_letter(c) => {}
            Some(_) => return None,
        }
    }
    None
}

fn strip_letters_behind<'a>(text: &'a str, behind: &str) -> Option<&'a str> {
    let mut wanted = behind.chars().rev().peekable();
    wanted.peek()?;
    for (at, c) in text.char_indices().rev() {
        match wanted.peek() {
            None => return Some(&text[..at + c.len_utf8()]),
            Some(next) if *next == c => drop(wanted.next()),
            Some(_) if !is_letter(c) => {}
            Some(_) => return None,
        }
    }
    None
}

/// What the names of several playlists' files have in common, for an archive without a table of contents: the word behind the last
/// separator.
pub(crate) fn common_affixes(stems: &[&str]) -> Affixes {
    let separators = ['-', ' ', '_', '\u{a0}'];
    let Some((first, others)) = stems.split_first().filter(|(_, others)| !others.is_empty()) else { return Affixes::default() };
    let is_word = |word: &str| word.chars().any(char::is_alphabetic);
    let behind = first.rfind(separators).map(|at| &first[at..]).filter(|end| is_word(end) && others.iter().all(|stem| stem.ends_with(end)));
    if let Some(behind) = behind {
        return Affixes { before: String::new(), behind: letters(behind) };
    }
    // Some languages put it in front, “Vidéos de …”; it always has the word in it.
    let shared = |end: usize| others.iter().all(|stem| stem.starts_with(&first[..end]));
    let ends = first.char_indices().filter(|(_, c)| separators.contains(c)).map(|(at, c)| at + c.len_utf8());
    let before = ends.rev().find(|end| shared(*end)).map(|end| &first[..end]).filter(|start| {
        let start = start.to_lowercase();
        start.contains("vid") || start.contains("víd")
    });
    Affixes { before: before.map(letters).unwrap_or_default(), behind: String::new() }
}

/// `Music-videos(1)` → (`Music-videos`, 1).
fn split_number(stem: &str) -> (&str, usize) {
    let parts = stem.strip_suffix(')').and_then(|stem| stem.rsplit_once('('));
    parts.and_then(|(stem, number)| Some((stem.trim_end(), number.parse().ok()?))).filter(|(stem, _)| !stem.is_empty()).unwrap_or((stem, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn playlist_name_and_number_are_taken_from_the_path() {
        for (path, title, number) in [
            ("Takeout/YouTube and YouTube Music/playlists/Music-videos.csv", "Music", 0),
            ("Takeout/YouTube/playlists/Musik-Videos(1).csv", "Musik", 1),
            ("playlists/Cuisine - fran\u{e7}aise-vidéos.csv", "Cuisine - française", 0),
            ("../../etc/a-b-videos(12).csv", "a-b", 12),
            ("C:\\x\\My list.csv", "My list", 0),
            ("音楽-動画.csv", "音楽", 0),
            ("notes v1.2 final", "notes v1.2 final", 0),
            ("-videos.csv", "", 0),
            ("(2).csv", "(2)", 0),
        ] {
            let name = FileName::parse(path);
            assert_eq!((name.title().as_deref().unwrap_or_default(), name.number), (title, number), "{path}");
        }
    }

    #[test]
    fn affixes_are_taken_off_as_the_archive_writes_them() {
        let affixes = |before: &str, behind: &str| Affixes { before: letters(before), behind: letters(behind) };
        for (stem, affixes, title) in [
            ("Noches videos", affixes("", "videos"), "Noches"),
            ("Mis favoritos\u{a0}videos", affixes("", "videos"), "Mis favoritos"),
            ("Avonden-video's", affixes("", "video_s"), "Avonden"),
            ("Vidéos de L_été, déjà", affixes("Vidéos de ", ""), "L_été, déjà"),
            ("Video_s in Video_s in bad", affixes("Video_s in ", ""), "Video_s in bad"),
            ("Evenings-videos-videos", affixes("", "-videos"), "Evenings-videos"),
            ("Other", affixes("", "-videos"), "Other"),
        ] {
            assert_eq!(FileName::parse(stem).title_within(&affixes).as_deref(), Some(title), "{stem}");
        }
    }

    #[test]
    fn affixes_are_detected_without_a_table_of_contents() {
        assert_eq!(common_affixes(&["Noches videos", "Borrar videos"]), Affixes { before: String::new(), behind: "videos".into() });
        assert_eq!(common_affixes(&["Vidéos de A", "Vidéos de L_été"]), Affixes { before: "Vidéosde".into(), behind: String::new() });
        for stems in [&["Music 2019", "Rock 2019"][..], &["My list 1", "My list 2"], &["One"], &[]] {
            assert_eq!(common_affixes(stems), Affixes::default(), "{stems:?}");
        }
    }
}
