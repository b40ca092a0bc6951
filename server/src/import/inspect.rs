//! The first pass: what an upload is, which playlists are in it, and how many lines. Of the lines themselves nothing is kept.

mod contents;
pub(super) mod file_name;

use app::wire::ImportFormat;

use self::{contents::Contents, file_name::FileName};
use super::{
    Entry, ImportError, ImportLimits, ImportLine, Upload, detect,
    read::{Heading, ReadError, Sink, archive::Archive, header::is_contents, link},
    refusal,
    text_file::TextFile,
};

/// Playlists in one upload that are told apart: a browser has a bookmark folder for much.
const MAX_PLAYLISTS: usize = 10_000;
/// Bytes of what all of them are called: a browser's folders have some hundred kilobytes, and a file may have as many as it is long.
const MAX_HEADING_BYTES: usize = 4 << 20;
/// Refused files of an archive that are named where nothing in it is a list.
const MAX_NAMED_FILES: usize = 3;

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
    match upload.open_archive(limits)? {
        Some(archive) => inspect_archive(&archive, limits),
        None => {
            let LineCounter { format, sections, used, .. } =
                upload.read_text(|text| inspect_text(text, limits, Usage::default())).map_err(ReadError::into_error)?;
            Ok(Inspection { format, total: used.lines, texts: vec![Text { path: upload.name.clone(), format, found: Ok(sections) }] })
        }
    }
}

fn inspect_archive(archive: &Archive, limits: ImportLimits) -> Result<Inspection, ImportError> {
    let (mut used, mut contents, mut texts) = (Usage::default(), Contents::new(archive.paths()), Vec::new());
    for (index, path) in archive.paths().enumerate() {
        let read = archive.read(index, |bytes| {
            let text = TextFile::open(bytes)?;
            if detect::sample(text.head(), ',').is_ok_and(|records| is_contents(&records)) {
                contents.read(text.lines()?)?;
                return Err(ReadError::TextRefused(refusal::contents_used()));
            }
            inspect_text(text, limits, used)
        });
        let (format, found) = match read {
            Ok(counter) => {
                used = counter.used;
                (counter.format, Ok(counter.sections))
            }
            Err(ReadError::TextRefused(error)) => {
                // A file that is no list is one line: its name, and why.
                used.lines += 1;
                (ImportFormat::TakeoutZip, Err(error))
            }
            Err(stop) => return Err(stop.into_error()),
        };
        if used.lines > limits.lines {
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
        return Err(refusal::no_list_in_archive(common, &describe_refused(&texts)));
    }
    apply_titles(&mut texts, &contents);
    Ok(Inspection { format: ImportFormat::TakeoutZip, total: used.lines, texts })
}

/// Names the playlists as the archive's table of contents does.
fn apply_titles(texts: &mut [Text], contents: &Contents) {
    for text in texts {
        let Ok([section]) = text.found.as_deref_mut() else { continue };
        let Some((id, name)) = contents.find(&FileName::parse(&text.path)) else { continue };
        section.heading = Heading { id: section.heading.id.take().or(Some(id)), name: section.heading.name.take().or(Some(name)) };
    }
}

fn describe_refused(texts: &[Text]) -> String {
    let refused = texts.iter().filter_map(|text| Some((&text.path, text.found.as_ref().err()?)));
    refused.take(MAX_NAMED_FILES).map(|(path, error)| format!("“{path}”: {}", refusal::description(error))).collect::<Vec<_>>().join(" ")
}

/// What the texts so far have used of the limits.
#[derive(Clone, Copy, Default)]
struct Usage {
    lines: u32,
    playlists: usize,
    /// Bytes.
    headings: usize,
}

/// One text, counted; refused where nothing in it is about videos.
fn inspect_text(text: TextFile<'_>, limits: ImportLimits, used: Usage) -> Result<LineCounter, ReadError> {
    let mut counter = LineCounter { format: ImportFormat::Links, sections: Vec::new(), limits, used };
    text.read(&mut counter)?;
    let total = counter.used.lines - used.lines;
    if total == 0 {
        let heading = counter.sections.first().and_then(|section| section.heading.name.as_deref());
        return Err(ReadError::TextRefused(refusal::no_videos(heading)));
    }
    if !counter.sections.iter().any(|section| section.has_videos) {
        return Err(ReadError::TextRefused(refusal::nothing_recognised(total)));
    }
    Ok(counter)
}

/// Counts what a reader reads.
struct LineCounter {
    format: ImportFormat,
    sections: Vec<Section>,
    limits: ImportLimits,
    used: Usage,
}

impl Sink for LineCounter {
    fn set_format(&mut self, format: ImportFormat) {
        self.format = format;
    }

    fn begin_playlist(&mut self) -> Result<u32, ReadError> {
        if self.used.playlists == MAX_PLAYLISTS {
            return Err(ReadError::UploadRefused(refusal::too_many_lists(MAX_PLAYLISTS as u32)));
        }
        self.used.playlists += 1;
        self.sections.push(Section::default());
        Ok(self.sections.len() as u32 - 1)
    }

    fn set_heading(&mut self, playlist: u32, heading: Heading) -> Result<(), ReadError> {
        self.used.headings += [&heading.id, &heading.name].into_iter().flatten().map(String::len).sum::<usize>();
        if self.used.headings > MAX_HEADING_BYTES {
            return Err(ReadError::UploadRefused(refusal::names_too_long()));
        }
        self.sections[playlist as usize].heading = heading;
        Ok(())
    }

    fn push_line(&mut self, line: ImportLine) -> Result<(), ReadError> {
        if self.used.lines >= self.limits.lines {
            return Err(ReadError::UploadRefused(refusal::too_many_lines(self.limits.lines)));
        }
        self.used.lines += 1;
        let section = &mut self.sections[line.list as usize];
        section.total += 1;
        section.has_videos |= is_about_videos(&line, self.format);
        Ok(())
    }
}

/// Whether a line shows that the file is about videos. In a table the header has said so. In a bare list a link shows it, or an id that
/// is not just a word: lists of words hold words of eleven letters.
fn is_about_videos(line: &ImportLine, format: ImportFormat) -> bool {
    match &line.entry {
        Entry::Video { youtube_id, .. } => format != ImportFormat::Links || line.input != *youtube_id || !link::is_plain_word(youtube_id),
        Entry::InvalidId => true,
        Entry::Rejected(_) => false,
    }
}
