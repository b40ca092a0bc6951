//! The first pass: detects what an upload is and which playlists are in it, and counts their lines. No line is kept.

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

/// Playlists in one upload, those without videos included: a browser may have thousands of bookmark folders.
const MAX_PLAYLISTS: usize = 10_000;
/// Bytes of all their ids and names. Thousands of real folders take some hundred kilobytes; a hostile file could be nothing but names.
const MAX_HEADING_BYTES: usize = 4 << 20;
/// Refused files that are named when an archive has no list at all.
const MAX_NAMED_FILES: usize = 3;

/// What the first pass found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// Of the file; an archive has one of its own.
    pub format: ImportFormat,
    /// Lines with a verdict.
    pub total: u32,
    /// In order: the one text, or those of an archive.
    pub(super) texts: Vec<Text>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Text {
    /// The file's name, or its path in the archive.
    pub(super) path: String,
    /// The playlists in it, or why there are none.
    pub(super) found: Result<Vec<Section>, ImportError>,
    pub(super) format: ImportFormat,
}

/// A playlist in a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) heading: Heading,
    /// Lines with a verdict.
    pub(super) total: u32,
    /// Whether a line of it shows that it is a list of videos.
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
                // It becomes one rejected line: its name and the reason.
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

/// Gives playlists the ids and names of the archive's table of contents.
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

/// How much of the limits has been used.
#[derive(Clone, Copy, Default)]
struct Usage {
    lines: u32,
    playlists: usize,
    /// In bytes.
    headings: usize,
}

/// Counts one text. Refuses it when nothing in it shows that it is a list of videos.
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

/// Whether a line shows that the file is a list of videos. In a table the header has shown it already. In a bare list a link shows it, or
/// an id that does not look like a word, because any text has words of eleven letters.
fn is_about_videos(line: &ImportLine, format: ImportFormat) -> bool {
    match &line.entry {
        Entry::Video { youtube_id, .. } => format != ImportFormat::Links || line.input != *youtube_id || !link::is_plain_word(youtube_id),
        Entry::InvalidId => true,
        Entry::Rejected(_) => false,
    }
}
