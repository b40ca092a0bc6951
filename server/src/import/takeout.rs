//! What Google Takeout calls its files, and `playlists.csv`, the table of contents that knows the playlists' ids and whole titles.

use super::{
    MAX_TITLE_CHARS, clean, header,
    records::{Record, Records},
    text::Lines,
};

/// Rows of a table of contents that are kept; YouTube has no account with as many playlists in an export.
const MAX_ROWS: usize = 5_000;
/// Columns of it that may hold the title.
const MAX_COLUMNS: usize = 16;
/// Letters after which a file's name may have been cut off.
const MIN_CUT: usize = 20;
/// The end of a playlist's file name, which is translated.
const VIDEOS: [&str; 14] =
    ["videos", "video", "vidéos", "vídeos", "wideo", "filmy", "videoer", "videoklipp", "видео", "відео", "動画", "影片", "视频", "동영상"];

/// A playlist's id, where a text is one: `PL…`, `LL…` (liked), `WL…` (watch later), `FL…` (favourites) and a few more.
pub(super) fn playlist_id(text: &str) -> Option<String> {
    let known = ["PL", "LL", "WL", "FL", "OL", "UU", "RD"].iter().any(|start| text.starts_with(start));
    let is_id = known && text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    is_id.then(|| text.to_owned())
}

/// Whether these are the first records of `playlists.csv`: by its header, or in another language by a first column of playlists' ids.
pub(super) fn is_contents(records: &[Record]) -> bool {
    let Some((first, rows)) = records.split_first() else { return false };
    let is_row = |row: &Record| row.fields.len() >= 4 && playlist_id(row.field(0)).is_some();
    // The block of an old playlist file has one such row, and then the videos.
    header::contents(first).is_some()
        || (header::metadata_block(first).is_none() && first.fields.len() >= 4 && !rows.is_empty() && rows.iter().all(is_row))
}

/// The titles of playlists by the names of their files.
#[derive(Default)]
pub(super) struct Contents {
    rows: Vec<Record>,
    title: Option<usize>,
}

impl Contents {
    /// Reads the table; what is over its limit is passed over.
    pub(super) fn read<R: std::io::BufRead>(lines: Lines<R>) -> std::io::Result<Self> {
        let mut rows = Records::new(lines, ',').take(MAX_ROWS).collect::<Result<Vec<_>, _>>()?;
        let title = rows.first().and_then(header::contents).map(|(_, title)| title);
        rows.retain(|row| playlist_id(row.field(0)).is_some());
        Ok(Self { rows, title })
    }

    /// Several archives' worth in one.
    pub(super) fn extend(&mut self, other: Self) {
        self.rows.extend(other.rows);
        self.title = self.title.or(other.title);
    }

    /// Where the header is in another language: the column whose values are the files' names.
    pub(super) fn find_titles(&mut self, stems: &[Stem]) {
        let named = |column: usize| self.rows.iter().filter(|row| stems.iter().any(|stem| stem.is_of(row.field(column)))).count();
        if self.title.is_none() {
            self.title =
                (1..MAX_COLUMNS).map(|column| (named(column), column)).filter(|(hits, _)| *hits > 0).max_by_key(|(hits, _)| *hits).map(|best| best.1);
        }
    }

    /// Id and title of the playlist in a file. Of several playlists with one title, files are numbered in the order of the table.
    pub(super) fn playlist(&self, stem: &Stem) -> Option<(String, String)> {
        let column = self.title?;
        let mut rows = self.rows.iter().filter(|row| stem.is_of(row.field(column)));
        let row = rows.nth(stem.number)?;
        Some((playlist_id(row.field(0))?, clean(row.field(column), MAX_TITLE_CHARS)?))
    }
}

/// A playlist's name as its file's name tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stem {
    /// For a reader.
    pub(super) name: Option<String>,
    /// Several playlists of one title: the second file is `Music-videos(1).csv`.
    number: usize,
    plain: String,
}

impl Stem {
    /// From the path of a file.
    pub(super) fn of(path: &str) -> Self {
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

    /// Whether this may be the file of a playlist of that title. File names have `_` for what a path cannot hold, and are cut off.
    fn is_of(&self, title: &str) -> bool {
        let title = header::plain(title);
        let is_cut = self.plain.chars().count() >= MIN_CUT && title.starts_with(&self.plain);
        !title.is_empty() && (title == self.plain || is_cut)
    }
}

/// `Music-videos(1)`: the text before the number, and the number.
fn numbered(stem: &str) -> (&str, usize) {
    let parts = stem.strip_suffix(')').and_then(|stem| stem.rsplit_once('('));
    parts.and_then(|(stem, number)| Some((stem.trim_end(), number.parse().ok()?))).unwrap_or((stem, 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::text;

    fn contents(csv: &str) -> Contents {
        Contents::read(text::lines(csv.as_bytes()).unwrap()).unwrap()
    }

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

    #[test]
    fn titles_are_found_in_the_table_of_contents() {
        let long = "A title that is so long that the name of its file is cut off";
        let mut table = contents(&format!(
            "Playlist ID,Add new videos to top,Playlist Title (Original),Playlist Visibility\nPL1,False,Music: old & new,Private\nPL2,False,Twice,Public\n\
             PL3,True,Twice,Public\nPL4,False,{long},Private\n"
        ));
        let cases = [
            ("Music_ old _ new-videos.csv", Some(("PL1", "Music: old & new"))),
            ("Twice-videos.csv", Some(("PL2", "Twice"))),
            ("Twice-videos(1).csv", Some(("PL3", "Twice"))),
            ("A title that is so long that the-videos.csv", Some(("PL4", long))),
            ("A title-videos.csv", None),
            ("Twice-videos(2).csv", None),
        ];
        table.find_titles(&[]);
        for (path, expected) in cases {
            let found = table.playlist(&Stem::of(path));
            assert_eq!(found.as_ref().map(|(id, title)| (id.as_str(), title.as_str())), expected, "{path}");
        }
    }

    #[test]
    fn in_another_language_the_titles_are_where_the_file_names_are() {
        let mut table = contents(
            "Playlist-ID,Neue Videos oben,Titel der Playlist (Original),Sichtbarkeit\nPL1,Falsch,Kochen,Privat\nPL2,Falsch,Musik,Öffentlich\n",
        );
        let stems = [Stem::of("Musik-Videos.csv"), Stem::of("Kochen-Videos.csv")];
        table.find_titles(&stems);
        assert_eq!(table.playlist(&stems[0]), Some(("PL2".into(), "Musik".into())));
        assert_eq!(table.playlist(&stems[1]), Some(("PL1".into(), "Kochen".into())));
    }
}
