//! `playlists.csv`, Takeout's table of contents, which has the playlists' ids and full titles.
//!
//! An archive may hold any number of such tables with anything in them. A row is kept only when its title fits the name of one of the
//! archive's files, and only up to a limit over all tables.

use std::collections::{HashMap, HashSet};

use super::file_name::{FileName, match_prefix};
use crate::import::{
    MAX_TITLE_CHARS,
    read::{header, link::playlist_id, records::Records, text::Lines},
    single_line,
};

/// Rows that are kept, over all tables.
const MAX_ROWS: usize = 5_000;
/// Bytes of their ids and titles.
const MAX_BYTES: usize = 2 << 20;
/// Columns in which titles are looked for.
const MAX_COLUMNS: usize = 16;

/// The playlists that an archive has files for.
pub(crate) struct Contents {
    /// The match prefixes of its files' names.
    wanted: HashSet<String>,
    /// By the match prefix of the title, in the order of the tables.
    playlists: HashMap<String, Vec<Playlist>>,
    rows: usize,
    bytes: usize,
}

struct Playlist {
    id: String,
    title: String,
    normalized: String,
}

impl Contents {
    pub(crate) fn new<'a>(paths: impl Iterator<Item = &'a str>) -> Self {
        let wanted = paths.map(|path| FileName::parse(path).match_prefix().to_owned()).collect();
        Self { wanted, playlists: HashMap::new(), rows: 0, bytes: 0 }
    }

    /// Reads one table. Rows over the limits are skipped.
    pub(crate) fn read<R: std::io::BufRead>(&mut self, lines: Lines<R>) -> std::io::Result<()> {
        let mut records = Records::new(lines, ',').peekable();
        let titled = match records.peek() {
            Some(Ok(header)) => header::contents_columns(header).map(|(_, title)| title),
            _ => None,
        };
        // With a translated header, the titles are in the column that matches most file names.
        let columns = titled.map_or(1..MAX_COLUMNS, |title| title..title + 1);
        let mut found: Vec<Vec<Playlist>> = columns.clone().map(|_| Vec::new()).collect();
        for record in records {
            let record = record?;
            let Some(id) = playlist_id(record.field(0)) else { continue };
            for (column, found) in columns.clone().zip(&mut found) {
                found.extend(self.wanted_playlist(&id, record.field(column)));
            }
        }
        for playlist in found.into_iter().max_by_key(Vec::len).into_iter().flatten() {
            self.playlists.entry(match_prefix(&playlist.normalized).to_owned()).or_default().push(playlist);
        }
        Ok(())
    }

    /// `None` where no file may have this title, or the limits are reached.
    fn wanted_playlist(&mut self, id: &str, title: &str) -> Option<Playlist> {
        let title = single_line(title, MAX_TITLE_CHARS)?;
        let normalized = header::normalize(&title);
        let bytes = id.len() + title.len() + normalized.len();
        if normalized.is_empty() || !self.wanted.contains(match_prefix(&normalized)) || self.rows == MAX_ROWS || self.bytes + bytes > MAX_BYTES {
            return None;
        }
        self.rows += 1;
        self.bytes += bytes;
        Some(Playlist { id: id.to_owned(), title, normalized })
    }

    /// Id and title of the playlist in a file. Files of playlists with the same title are numbered in the order of the table.
    pub(crate) fn find(&self, file: &FileName) -> Option<(String, String)> {
        let mut playlists = self.playlists.get(file.match_prefix())?.iter().filter(|playlist| file.is_for_title(&playlist.normalized));
        let playlist = playlists.nth(file.number)?;
        Some((playlist.id.clone(), playlist.title.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::read::text;

    fn contents(paths: &[&str], csv: &str) -> Contents {
        let mut contents = Contents::new(paths.iter().copied());
        contents.read(text::lines(csv.as_bytes()).unwrap()).unwrap();
        contents
    }

    #[test]
    fn contents_find_id_and_title_of_each_file() {
        let long = "A title that is so long that the name of its file is cut off";
        let table = format!(
            "Playlist ID,Add new videos to top,Playlist Title (Original),Playlist Visibility\nPL1,False,Music: old & new,Private\nPL2,False,Twice,Public\n\
             PL3,True,Twice,Public\nPL4,False,{long},Private\n"
        );
        let cases = [
            ("Music_ old _ new-videos.csv", Some(("PL1", "Music: old & new"))),
            ("Twice-videos.csv", Some(("PL2", "Twice"))),
            ("Twice-videos(1).csv", Some(("PL3", "Twice"))),
            ("A title that is so long that the-videos.csv", Some(("PL4", long))),
            ("A title-videos.csv", None),
            ("Twice-videos(2).csv", None),
        ];
        let contents = contents(&cases.map(|(path, _)| path), &table);
        for (path, expected) in cases {
            let found = contents.find(&FileName::parse(path));
            assert_eq!(found.as_ref().map(|(id, title)| (id.as_str(), title.as_str())), expected, "{path}");
        }
    }

    #[test]
    fn title_column_is_found_by_file_names_when_the_header_is_translated() {
        let paths = ["Musik-Videos.csv", "Kochen-Videos.csv"];
        let table = contents(
            &paths,
            "Playlist-ID,Neue Videos oben,Titel der Playlist (Original),Sichtbarkeit\nPL1,Falsch,Kochen,Privat\nPL2,Falsch,Musik,Öffentlich\n",
        );
        assert_eq!(table.find(&FileName::parse(paths[0])), Some(("PL2".into(), "Musik".into())));
        assert_eq!(table.find(&FileName::parse(paths[1])), Some(("PL1".into(), "Kochen".into())));
    }

    #[test]
    fn contents_stay_within_their_limits_when_tables_are_huge() {
        let title = |n: usize| format!("{:0>20}{}", "Same", "é".repeat(n % 400));
        let header = "Playlist ID,Playlist Title (Original),a,b\n";
        let rows: String = (0..3_000).map(|n| format!("PL{n},{},Other {n},{}\n", title(n), "x".repeat(n % 50))).collect();
        let mut contents = contents(&["Takeout/Same-videos.csv", &title(0)], &format!("{header}{rows}"));
        contents.read(text::lines(rows.as_bytes()).unwrap()).unwrap();
        assert!(contents.rows > 1_000 && contents.rows <= MAX_ROWS && contents.bytes <= MAX_BYTES, "{} {}", contents.rows, contents.bytes);
        let kept: usize = contents.playlists.values().flatten().map(|playlist| playlist.title.len()).sum();
        assert!(kept <= contents.bytes);
        assert_eq!(contents.find(&FileName::parse("Other 7-videos.csv")), None);
    }
}
