//! `playlists.csv`, Takeout's table of contents, which has the playlists' ids and full titles.
//!
//! Which file is which playlist is told by all names together: what stands before and behind the titles is what most files have there, in
//! whatever language. A file name that could be that of two playlists is given to neither. Google cuts names at 47 characters.
//!
//! An archive may hold any number of such tables with anything in them, so only the first rows are kept.

use std::{
    collections::{BTreeMap, HashMap},
    io::BufRead,
};

use crate::{
    import::{
        MAX_TITLE_CHARS,
        file_name::{Affixes, FileName, common_affixes, letters},
        read::{
            Heading, header,
            link::playlist_id,
            records::{Record, Records},
            text::Lines,
        },
    },
    text::single_line,
};

/// Rows that are kept, over all tables.
const MAX_ROWS: usize = 5_000;
/// Bytes of what is kept of them.
const MAX_BYTES: usize = 2 << 20;
/// Columns in which titles are looked for.
const MAX_COLUMNS: usize = 16;
/// Rows and files by which affixes are told.
const MAX_SAMPLED_TITLES: usize = 200;
/// Candidates that are compared with names that were cut.
const MAX_CANDIDATES: usize = 20;
/// A file name of at least so many letters may be a truncated title.
const MIN_TRUNCATED_CHARS: usize = 20;

/// The playlists of an archive.
#[derive(Default)]
pub(crate) struct Contents {
    rows: Vec<Row>,
    bytes: usize,
}

struct Row {
    id: String,
    /// The columns that may hold its title: one, or all where the header is translated.
    fields: Vec<String>,
}

/// The playlist of each file, as a table of contents gives it; else the title in the file's name.
pub(crate) struct Assignments {
    affixes: Affixes,
    by_stem: HashMap<String, Heading>,
}

impl Contents {
    /// Reads one table. Rows over the limits are skipped.
    pub(crate) fn read<R: BufRead>(&mut self, lines: Lines<R>) -> std::io::Result<()> {
        let mut titled = None;
        for (at, record) in Records::new(lines, ',').enumerate() {
            let record = record?;
            if at == 0 {
                titled = header::contents_columns(&record).map(|(_, title)| title);
            }
            if let Some(id) = playlist_id(record.field(0)) {
                self.keep(id, &record, titled);
            }
        }
        Ok(())
    }

    fn keep(&mut self, id: String, record: &Record, titled: Option<usize>) {
        let columns = titled.map_or(1..MAX_COLUMNS, |title| title..title + 1);
        let fields: Vec<String> = columns.map(|column| single_line(record.field(column), MAX_TITLE_CHARS).unwrap_or_default()).collect();
        let bytes = id.len() + fields.iter().map(|field| field.len() + size_of::<String>()).sum::<usize>();
        if self.rows.len() < MAX_ROWS && self.bytes + bytes <= MAX_BYTES {
            self.bytes += bytes;
            self.rows.push(Row { id, fields });
        }
    }

    /// Finds the playlist of each file.
    pub(crate) fn assign(self, files: &[FileName]) -> Assignments {
        let stems: Vec<String> = files.iter().map(|file| letters(&file.stem)).collect();
        let (column, affixes) = self.affixes(&stems).unwrap_or_else(|| {
            let raw: Vec<&str> = files.iter().map(|file| file.stem.as_str()).collect();
            (0, common_affixes(&raw))
        });
        let titles: Vec<(&str, &str)> = self.rows.iter().filter_map(|row| Some((row.id.as_str(), row.title(column)?))).collect();
        let by_stem = Titles::new(&titles, &affixes).assign(files, &stems);
        Assignments { affixes, by_stem }
    }

    /// The column of titles, and what most files have around them.
    fn affixes(&self, stems: &[String]) -> Option<(usize, Affixes)> {
        let mut votes: BTreeMap<(usize, Affixes), (usize, usize)> = BTreeMap::new();
        for row in self.rows.iter().take(MAX_SAMPLED_TITLES) {
            for column in 0..row.fields.len() {
                let Some(title) = row.title(column).map(letters).filter(|title| !title.is_empty()) else { continue };
                for stem in stems.iter().take(MAX_SAMPLED_TITLES) {
                    for (at, _) in stem.match_indices(&title).take(2) {
                        let affixes = Affixes { before: stem[..at].to_owned(), behind: stem[at + title.len()..].to_owned() };
                        let (files, matched) = votes.entry((column, affixes)).or_default();
                        *files += 1;
                        *matched += title.len();
                    }
                }
            }
        }
        // Names that were cut have only a part of what stands behind.
        let mut best: Vec<_> = votes.into_iter().map(|(found, votes)| (votes, found)).collect();
        best.sort_by(|a, b| b.cmp(a));
        best.truncate(MAX_CANDIDATES);
        let add_truncated_match = |found: &(usize, Affixes), votes: (usize, usize)| {
            let names = self
                .rows
                .iter()
                .take(MAX_SAMPLED_TITLES)
                .filter_map(|row| row.title(found.0))
                .map(|title| format!("{}{}{}", found.1.before, letters(title), found.1.behind));
            let explained = names
                .filter(|name| stems.iter().take(MAX_SAMPLED_TITLES).any(|stem| is_cut(stem) && name.starts_with(stem.as_str()) && name != stem))
                .count();
            (votes.0 + explained, votes.1)
        };
        best.into_iter().map(|(votes, found)| (add_truncated_match(&found, votes), found)).max_by(|a, b| a.0.cmp(&b.0)).map(|(_, found)| found)
    }
}

impl Row {
    /// With one column, it is the title.
    fn title(&self, column: usize) -> Option<&str> {
        self.fields.get(if self.fields.len() == 1 { 0 } else { column }).map(String::as_str).filter(|title| !title.is_empty())
    }
}

/// Titles by what the letters of their files' names would be.
struct Titles<'a> {
    exact: BTreeMap<String, Vec<(&'a str, &'a str)>>,
    folded: HashMap<String, Vec<(&'a str, &'a str)>>,
    affixes: &'a Affixes,
}

impl<'a> Titles<'a> {
    fn new(titles: &[(&'a str, &'a str)], affixes: &'a Affixes) -> Self {
        let mut all = Self { exact: BTreeMap::new(), folded: HashMap::new(), affixes };
        for title in titles {
            let name = format!("{}{}{}", affixes.before, letters(title.1), affixes.behind);
            all.folded.entry(name.to_lowercase()).or_default().push(*title);
            let same = all.exact.entry(name).or_default();
            if !same.iter().any(|(id, _)| *id == title.0) {
                same.push(*title);
            }
        }
        all
    }

    fn assign(&self, files: &[FileName], stems: &[String]) -> HashMap<String, Heading> {
        let mut count: HashMap<&str, usize> = HashMap::new();
        stems.iter().for_each(|stem| *count.entry(stem).or_default() += 1);
        let taken: Vec<&str> = stems.iter().filter(|stem| self.exact.contains_key(*stem)).map(String::as_str).collect();
        let assigned = files.iter().zip(stems).filter_map(|(file, stem)| {
            // `Numbers (2)` may be the title itself, so the number is not a copy number.
            let numbered = (file.number > 0).then(|| self.exact.get(&format!("{stem}{}", file.number))).flatten();
            let found = numbered.or_else(|| self.exact.get(stem)).or_else(|| self.folded.get(&stem.to_lowercase()));
            let heading = match found.map(Vec::as_slice) {
                Some([(id, title)]) => Heading { id: Some((*id).to_owned()), name: Some((*title).to_owned()) },
                // The same title, but whose id?
                Some([(_, title), others @ ..]) if others.iter().all(|other| other.1 == *title) => {
                    Heading { id: None, name: Some((*title).to_owned()) }
                }
                Some(_) => return None,
                None if count.get(stem.as_str()) == Some(&1) => self.truncated(stem, &taken)?,
                None => return None,
            };
            Some((file_key(file), heading))
        });
        assigned.collect()
    }

    /// The only title whose file name begins so.
    fn truncated(&self, stem: &str, taken: &[&str]) -> Option<Heading> {
        if !is_cut(stem) {
            return None;
        }
        let without_suffix = stem.strip_suffix(self.affixes.behind.as_str()).filter(|_| !self.affixes.behind.is_empty());
        let begins = |start: &str| -> Vec<&(&str, &str)> {
            let names = self
                .exact
                .range(start.to_owned()..)
                .take_while(|(name, _)| name.starts_with(start))
                .filter(|(name, _)| !taken.contains(&name.as_str()));
            names.flat_map(|(_, titles)| titles).take(2).collect()
        };
        let found = Some(begins(stem)).filter(|found| !found.is_empty()).or_else(|| without_suffix.map(begins))?;
        match found[..] {
            [(id, title)] => Some(Heading { id: Some((*id).to_owned()), name: Some((*title).to_owned()) }),
            _ => None,
        }
    }
}

impl Assignments {
    /// What is known of the playlist in a file.
    pub(crate) fn heading(&self, file: &FileName) -> Heading {
        // What the names have in common is unknown where there is one file.
        let name = if self.affixes == Affixes::default() { file.title() } else { file.title_within(&self.affixes) };
        self.by_stem.get(&file_key(file)).cloned().unwrap_or_default().or(Heading { id: None, name })
    }
}

fn is_cut(stem: &str) -> bool {
    stem.chars().count() >= MIN_TRUNCATED_CHARS
}

fn file_key(file: &FileName) -> String {
    format!("{}({})", file.stem, file.number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::read::text;

    fn found(paths: &[&str], csv: &str) -> Vec<(Option<String>, Option<String>)> {
        let mut contents = Contents::default();
        contents.read(text::lines(csv.as_bytes()).unwrap()).unwrap();
        let files: Vec<FileName> = paths.iter().map(|path| FileName::parse(path)).collect();
        let assigned = contents.assign(&files);
        files.iter().map(|file| assigned.heading(file)).map(|heading| (heading.id, heading.name)).collect()
    }

    fn known(id: &str, name: &str) -> (Option<String>, Option<String>) {
        (Some(id).filter(|id| !id.is_empty()).map(Into::into), Some(name.into()))
    }

    #[test]
    fn contents_find_id_and_title_of_each_file() {
        let long = "A title that is so long that the name of its file is cut off";
        let table = format!(
            "Playlist ID,Add new videos to top,Playlist Title (Original),Playlist Visibility\nPL1,False,Music: old & new,Private\nPL2,False,Twice,Public\n\
             PL3,True,Twice,Public\nPL4,False,{long},Private\nPL5,False,Numbers (2),Private\n"
        );
        let cases = [
            ("Music_ old _ new-videos.csv", known("PL1", "Music: old & new")),
            // Which of the two it is, nobody can tell.
            ("Twice-videos.csv", known("", "Twice")),
            ("Twice-videos(1).csv", known("", "Twice")),
            ("A title that is so long that the name of its fi.csv", known("PL4", long)),
            ("A title-videos.csv", known("", "A title")),
            ("Numbers (2)-videos.csv", known("PL5", "Numbers (2)")),
        ];
        assert_eq!(found(&cases.clone().map(|(path, _)| path), &table), cases.map(|(_, expected)| expected));
    }

    #[test]
    fn truncated_name_of_two_playlists_is_given_to_neither() {
        let table = "Playlist ID,a,Playlist Title (Original),b\nPL1,False,One very long title that goes on and on: first part,x\n\
                     PL2,False,One very long title that goes on and on: second part,x\nPL3,False,Short,x\n";
        let files = ["One very long title that goes on and on_ .csv", "One very long title that goes on and on_ (1).csv", "Short-videos.csv"];
        let found = found(&files, table);
        assert!(found[..2].iter().all(|(id, name)| id.is_none() && name.as_deref().is_some_and(|name| name.starts_with("One very"))), "{found:?}");
        assert_eq!(found[2], known("PL3", "Short"));
    }

    #[test]
    fn title_column_and_affixes_follow_from_file_names_when_the_header_is_translated() {
        let header = "Playlist-ID,Neue Videos oben,Titel der Playlist (Original),Sichtbarkeit,Sprache\n";
        let rows = "PL1,Falsch,Kochen,Privat,es\nPL2,Falsch,Musik,Öffentlich,en\n";
        for [first, second] in
            [["Musik-Videos.csv", "Kochen-Videos.csv"], ["Musik videos.csv", "Kochen videos.csv"], ["Video_s in Musik.csv", "Video_s in Kochen.csv"]]
        {
            assert_eq!(found(&[first, second], &format!("{header}{rows}")), [known("PL2", "Musik"), known("PL1", "Kochen")]);
        }
    }

    #[test]
    fn contents_stay_within_their_limits_when_tables_are_huge() {
        let mut contents = Contents::default();
        let rows: String = (0..9_000).map(|n| format!("PL{n},{},Other {n},x\n", "é".repeat(n % 400))).collect();
        contents.read(text::lines(rows.as_bytes()).unwrap()).unwrap();
        assert!(contents.rows.len() <= MAX_ROWS && contents.bytes <= MAX_BYTES, "{} {}", contents.rows.len(), contents.bytes);
        let files: Vec<FileName> = (0..1_000).map(|n| FileName::parse(&format!("Other {n}-videos.csv"))).collect();
        let assigned = contents.assign(&files);
        assert_eq!(assigned.heading(&files[7]).id.as_deref(), Some("PL7"));
    }
}
