//! The names that Google Takeout gives to files: `Title-videos(1).csv`.

use crate::import::{MAX_TITLE_CHARS, read::header, single_line};

/// A file name of at least so many letters may be a truncated title.
const MIN_TRUNCATED_CHARS: usize = 20;
/// The suffix of a playlist's file name, which Google translates.
const VIDEOS_SUFFIXES: [&str; 14] =
    ["videos", "video", "vidéos", "vídeos", "wideo", "filmy", "videoer", "videoklipp", "видео", "відео", "動画", "影片", "视频", "동영상"];

/// What a file's name says about the playlist in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileName {
    /// The title as far as the name has it.
    pub(crate) name: Option<String>,
    /// Tells playlists of one title apart: the second file is `Music-videos(1).csv`.
    pub(crate) number: usize,
    normalized: String,
}

impl FileName {
    pub(crate) fn parse(path: &str) -> Self {
        let file = path.rsplit(['/', '\\']).next().unwrap_or_default().trim();
        let stem = match file.rsplit_once('.') {
            Some((stem, end)) if !stem.is_empty() && end.len() <= 5 && end.bytes().all(|b| b.is_ascii_alphanumeric()) => stem,
            _ => file,
        };
        let (stem, number) = split_number(stem.trim());
        let stem = match stem.rsplit_once('-') {
            Some((title, end)) if VIDEOS_SUFFIXES.contains(&end.trim().to_lowercase().as_str()) => title,
            _ => stem,
        };
        Self { name: single_line(stem, MAX_TITLE_CHARS), number, normalized: header::normalize(stem) }
    }

    /// Whether this may be the file of a playlist with this normalized title. File names have `_` for characters that a path cannot hold, and
    /// are truncated.
    pub(crate) fn is_for_title(&self, title: &str) -> bool {
        let is_cut = self.normalized.chars().count() >= MIN_TRUNCATED_CHARS && title.starts_with(&self.normalized);
        !title.is_empty() && (title == self.normalized || is_cut)
    }

    /// See [`match_prefix`].
    pub(crate) fn match_prefix(&self) -> &str {
        match_prefix(&self.normalized)
    }
}

/// The part of a normalized title that every file name for it has; a key to look candidates up by.
pub(crate) fn match_prefix(normalized: &str) -> &str {
    normalized.char_indices().nth(MIN_TRUNCATED_CHARS).map_or(normalized, |(end, _)| &normalized[..end])
}

/// `Music-videos(1)` → (`Music-videos`, 1).
fn split_number(stem: &str) -> (&str, usize) {
    let parts = stem.strip_suffix(')').and_then(|stem| stem.rsplit_once('('));
    parts.and_then(|(stem, number)| Some((stem.trim_end(), number.parse().ok()?))).unwrap_or((stem, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn playlist_name_and_number_are_taken_from_the_path() {
        for (path, name, number) in [
            ("Takeout/YouTube and YouTube Music/playlists/Music-videos.csv", "Music", 0),
            ("Takeout/YouTube/playlists/Musik-Videos(1).csv", "Musik", 1),
            ("playlists/Cuisine - fran\u{e7}aise-vidéos.csv", "Cuisine - française", 0),
            ("../../etc/a-b-videos(12).csv", "a-b", 12),
            ("C:\\x\\My list.csv", "My list", 0),
            ("音楽-動画.csv", "音楽", 0),
            ("notes v1.2 final", "notes v1.2 final", 0),
            ("-videos.csv", "", 0),
        ] {
            let stem = FileName::parse(path);
            assert_eq!((stem.name.as_deref().unwrap_or_default(), stem.number), (name, number), "{path}");
        }
    }
}
