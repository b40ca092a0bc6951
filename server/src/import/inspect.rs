//! The first pass: what an upload is, which playlists are in it, and how many lines. Of the lines themselves nothing is kept.

use app::wire::ImportFormat;

use super::{
    Entry, ImportError, ImportLimits, ImportLine, Upload,
    archive::Archive,
    detect, link, refusal,
    sink::{Heading, Sink, Stop},
    takeout::{Contents, Stem, is_contents},
    text_file::TextFile,
};

/// Playlists in one upload that are told apart: a browser has a bookmark folder for much.
const MAX_PLAYLISTS: usize = 10_000;
/// Refused files of an archive that are named where nothing in it is a list.
const NAMED: usize = 3;

/// What an upload is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// What kind of file.
    pub format: ImportFormat,
    /// Lines with a verdict.
    pub total: u32,
    /// Its texts in order: one, or those of an archive.
    pub(super) texts: Vec<Text>,
}

/// A text of the upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Text {
    /// The file's name, or its path in the archive.
    pub(super) path: String,
    /// The playlists in it, or why there are none.
    pub(super) found: Result<Vec<Section>, ImportError>,
    /// What kind of text.
    pub(super) format: ImportFormat,
}

/// A playlist in a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) heading: Heading,
    /// Lines with a verdict.
    pub(super) total: u32,
    /// Whether one of them shows that this is about videos.
    pub(super) has_videos: bool,
}

pub(super) fn inspect(upload: &Upload, limits: ImportLimits) -> Result<Inspection, ImportError> {
    match upload.archive(limits)? {
        Some(archive) => of_archive(&archive, limits),
        None => {
            let text = upload.text(|text| one(text, limits, 0, 0)).map_err(Stop::into_error)?;
            let total = text.sections.iter().map(|section| section.total).sum();
            let texts = vec![Text { path: upload.name.clone(), format: text.format, found: Ok(text.sections) }];
            Ok(Inspection { format: text.format, total, texts })
        }
    }
}

fn of_archive(archive: &Archive, limits: ImportLimits) -> Result<Inspection, ImportError> {
    let (mut total, mut playlists, mut contents, mut texts) = (0, 0, Contents::default(), Vec::new());
    for (index, path) in archive.paths().enumerate() {
        let read = archive.read(index, |bytes| {
            let text = TextFile::open(bytes)?;
            if detect::sample(text.head(), ',').is_ok_and(|records| is_contents(&records)) {
                contents.extend(Contents::read(text.lines()?)?);
                return Err(Stop::Text(refusal::contents_used()));
            }
            one(text, limits, total, playlists)
        });
        let (format, found) = match read {
            Ok(counter) => (counter.format, Ok(counter.sections)),
            Err(Stop::Text(error)) => (ImportFormat::TakeoutZip, Err(error)),
            Err(stop) => return Err(stop.into_error()),
        };
        // A file that is no list is one line: its name, and why.
        total += found.as_ref().map_or(1, |sections| sections.iter().map(|section| section.total).sum());
        playlists += found.as_ref().map_or(0, Vec::len);
        if total > limits.lines {
            return Err(refusal::too_many_lines(limits.lines));
        }
        texts.push(Text { path: path.to_owned(), found, format });
    }
    if texts.is_empty() {
        return Err(refusal::empty_archive());
    }
    if texts.iter().all(|text| text.found.is_err()) {
        let mut codes = texts.iter().filter_map(|text| text.found.as_ref().err()).map(|error| error.code);
        let common = codes.next().filter(|first| codes.all(|code| code == *first));
        return Err(refusal::no_list_in_archive(common, &named(&texts)));
    }
    title(&mut texts, contents);
    Ok(Inspection { format: ImportFormat::TakeoutZip, total, texts })
}

/// Names the playlists as the archive's table of contents does.
fn title(texts: &mut [Text], mut contents: Contents) {
    let stems: Vec<Stem> = texts.iter().map(|text| Stem::of(&text.path)).collect();
    contents.find_titles(&stems);
    for (text, stem) in texts.iter_mut().zip(&stems) {
        let Ok([section]) = text.found.as_deref_mut() else { continue };
        let Some((id, name)) = contents.playlist(stem) else { continue };
        section.heading = Heading { id: section.heading.id.take().or(Some(id)), name: section.heading.name.take().or(Some(name)) };
    }
}

fn named(texts: &[Text]) -> String {
    let refused = texts.iter().filter_map(|text| Some((&text.path, text.found.as_ref().err()?)));
    refused.take(NAMED).map(|(path, error)| format!("“{path}”: {}", refusal::what(error))).collect::<Vec<_>>().join(" ")
}

/// One text, counted; refused where nothing in it is about videos. Before it there were that many lines and playlists.
fn one(text: TextFile<'_>, limits: ImportLimits, lines_before: u32, playlists_before: usize) -> Result<Counter, Stop> {
    let most_playlists = MAX_PLAYLISTS.saturating_sub(playlists_before);
    let mut counter = Counter { format: ImportFormat::Links, sections: Vec::new(), total: 0, limits, lines_before, most_playlists };
    text.read(&mut counter)?;
    if counter.total == 0 {
        let heading = counter.sections.first().and_then(|section| section.heading.name.as_deref());
        return Err(Stop::Text(refusal::no_videos(heading)));
    }
    if !counter.sections.iter().any(|section| section.has_videos) {
        return Err(Stop::Text(refusal::nothing_recognised(counter.total)));
    }
    Ok(counter)
}

/// Counts what a reader reads.
struct Counter {
    format: ImportFormat,
    sections: Vec<Section>,
    total: u32,
    limits: ImportLimits,
    lines_before: u32,
    most_playlists: usize,
}

impl Sink for Counter {
    fn format(&mut self, format: ImportFormat) {
        self.format = format;
    }

    fn playlist(&mut self) -> Result<u32, Stop> {
        if self.sections.len() == self.most_playlists {
            return Err(Stop::Upload(refusal::too_many_lists(MAX_PLAYLISTS as u32)));
        }
        self.sections.push(Section::default());
        Ok(self.sections.len() as u32 - 1)
    }

    fn heading(&mut self, playlist: u32, heading: Heading) {
        self.sections[playlist as usize].heading = heading;
    }

    fn line(&mut self, line: ImportLine) -> Result<(), Stop> {
        if self.lines_before + self.total >= self.limits.lines {
            return Err(Stop::Upload(refusal::too_many_lines(self.limits.lines)));
        }
        self.total += 1;
        let section = &mut self.sections[line.list as usize];
        section.total += 1;
        section.has_videos |= speaks_for_a_list_of_videos(&line, self.format);
        Ok(())
    }
}

/// Whether a line shows that the file is about videos. In a table the header has said so. In a bare list a link shows it, or an id that
/// is not just a word: lists of words hold words of eleven letters.
fn speaks_for_a_list_of_videos(line: &ImportLine, format: ImportFormat) -> bool {
    match &line.entry {
        Entry::Video { youtube_id, .. } => format != ImportFormat::Links || line.input != *youtube_id || !link::is_plain_word(youtube_id),
        Entry::InvalidId => true,
        Entry::Rejected(_) => false,
    }
}
