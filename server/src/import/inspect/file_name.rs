//! What Google Takeout calls its files.

use crate::import::{MAX_TITLE_CHARS, clean, read::header};

/// Letters after which a file's name may have been cut off.
const MIN_CUT: usize = 20;
/// The end of a playlist's file name, which is translated.
const VIDEOS: [&str; 14] =
    ["videos", "video", "vidéos", "vídeos", "wideo", "filmy", "videoer", "videoklipp", "видео", "відео", "動画", "影片", "视频", "동영상"];

/// A playlist's name as its file's name tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stem {
    /// For a reader.
    pub(crate) name: Option<String>,
    /// Several playlists of one title: the second file is `Music-videos(1).csv`.
    pub(crate) number: usize,
    plain: String,
}

impl Stem {
    /// From the path of a file.
    pub(crate) fn of(path: &str) -> Self {
        let file = path.rsplit(['/', '\\']).next().unwrap_or_default().trim();
        let stem = match file.rsplit_once('.') {
            Some((stem, end)) if !stem.is_empty() && end.len() <= 5 && end.bytes().all(|b| b.is_ascii_alphanumeric()) => stem,
            _ => file,
        };
        let (stem, number) = numbered(stem.trim());
        let stem = match stem.rsplit_once('-') {
            Some((title, end)) if VIDEOS.contains(&end.trim().to_lowercase().as_str()) => title,
            _ => stem,
        };
        Self { name: clean(stem, MAX_TITLE_CHARS), number, plain: header::plain(stem) }
    }

    /// Whether this may be the file of a playlist of that plain title. File names have `_` for what a path cannot hold, and are cut off.
    pub(crate) fn is_of(&self, title: &str) -> bool {
        let is_cut = self.plain.chars().count() >= MIN_CUT && title.starts_with(&self.plain);
        !title.is_empty() && (title == self.plain || is_cut)
    }

    /// What it shares with the title of every playlist that it may be of.
    pub(crate) fn beginning(&self) -> &str {
        beginning(&self.plain)
    }
}

/// As much of a plain title as a file's name has in any case.
pub(crate) fn beginning(plain: &str) -> &str {
    plain.char_indices().nth(MIN_CUT).map_or(plain, |(end, _)| &plain[..end])
}

/// `Music-videos(1)`: the text before the number, and the number.
fn numbered(stem: &str) -> (&str, usize) {
    let parts = stem.strip_suffix(')').and_then(|stem| stem.rsplit_once('('));
    parts.and_then(|(stem, number)| Some((stem.trim_end(), number.parse().ok()?))).unwrap_or((stem, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names() {
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
            let stem = Stem::of(path);
            assert_eq!((stem.name.as_deref().unwrap_or_default(), stem.number), (name, number), "{path}");
        }
    }
}
