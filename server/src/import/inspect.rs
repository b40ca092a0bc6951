//! The first pass: detects what an upload is and which playlists are in it, and counts their lines. No line is kept.

mod contents;
mod neighbours;

use std::collections::HashSet;

use app::wire::ImportFormat;

use self::{
    contents::Contents,
    neighbours::{Group, describe_refused, is_private, refuse_misplaced},
};
use super::{
    Entry, ImportError, ImportLimits, ImportLine, Upload, detect,
    entries::Entries,
    file_name::{FileName, folder},
    read::{
        CommonReason, Heading, ReadError, Sink,
        header::{has_channel_ids, is_contents},
        link, text,
    },
    refusal,
    text_file::TextFile,
};

/// Playlists in one upload, those without videos included: a browser may have thousands of bookmark folders.
const MAX_PLAYLISTS: usize = 10_000;
/// The same with those that a log has superseded.
const MAX_STATES: usize = 100_000;
/// Bytes of all their ids and names. Thousands of real folders take some hundred kilobytes; a hostile file could be nothing but names.
const MAX_HEADING_BYTES: usize = 4 << 20;

/// What the first pass found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// Title taken from the upload's file name.
    pub(super) name: Option<String>,
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
    /// Title taken from the file name.
    pub(super) title: Option<String>,
    /// What it is called where it is refused: its path, and the archive that it is in where several files were uploaded.
    pub(super) label: String,
    /// The name of the uploaded file that it is, or is in, where several were uploaded.
    pub(super) source_name: Option<String>,
    /// Whether somebody chose the file itself, and not an archive or a folder that it is in.
    is_chosen: bool,
    /// A table of at most two columns.
    is_narrow: bool,
    /// A table with ids of channels.
    has_channel_ids: bool,
    /// The list that it is a part of, together with other files.
    pub(super) group: Option<Group>,
    /// The playlists in it, or why there are none.
    pub(super) found: Result<Vec<Section>, ImportError>,
    pub(super) format: ImportFormat,
}

/// The part of a text that is one playlist.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) heading: Heading,
    /// Lines with a verdict.
    pub(super) total: u32,
    /// A line shows that it is a list of videos.
    pub(super) has_videos: bool,
    /// A newer state stands further down in the file, so nothing of this one counts.
    pub(super) is_superseded: bool,
}

pub(super) fn inspect(upload: &Upload, limits: ImportLimits) -> Result<Inspection, ImportError> {
    let entries = Entries::open(upload, limits)?;
    if !entries.is_one_text {
        return inspect_entries(&entries, limits);
    }
    let counter = entries.read(0, |bytes| inspect_text(TextFile::open(bytes)?, limits, Usage::default())).map_err(ReadError::into_error)?;
    let (path, format) = (upload.name(), counter.format);
    let group = Group::from_path(&path).map(|group| Group { name: None, ..group });
    let (title, label) = (FileName::parse(&path).title(), path.clone());
    let text = Text {
        title,
        label,
        source_name: None,
        is_chosen: true,
        is_narrow: false,
        has_channel_ids: false,
        group,
        path,
        format,
        found: Ok(counter.sections),
    };
    Ok(Inspection { name: None, format, total: counter.used.lines, texts: vec![text] })
}

fn inspect_entries(entries: &Entries<'_>, limits: ImportLimits) -> Result<Inspection, ImportError> {
    let (mut used, mut contents, mut folders, mut texts) = (Usage::default(), Contents::default(), HashSet::new(), Vec::new());
    for (index, path) in entries.paths().enumerate() {
        let read = entries.read(index, |bytes| {
            if path.ends_with("archive_browser.html") {
                return Err(ReadError::TextRefused(refusal::contents_page()));
            }
            let text = TextFile::open(bytes)?;
            if path.starts_with("Takeout/") && !entries.is_chosen(index) && is_private(&text::utf8_head(text.head())) {
                return Err(ReadError::TextRefused(refusal::private_text()));
            }
            let records = detect::sample(text.head(), ',').unwrap_or_default();
            if is_contents(&records) {
                contents.read(text.lines()?)?;
                folders.insert(folder(path));
                return Err(ReadError::TextRefused(refusal::contents_used()));
            }
            let is_narrow = records.iter().all(|row| row.fields.len() <= 2);
            Ok((inspect_text(text, limits, used)?, is_narrow, has_channel_ids(&records)))
        });
        let (format, found, is_narrow, has_channel_ids) = match read {
            Ok((counter, is_narrow, has_channel_ids)) => {
                used = counter.used;
                (counter.format, Ok(counter.sections), is_narrow, has_channel_ids)
            }
            Err(ReadError::TextRefused(error)) => {
                // It becomes one rejected line: its name and the reason.
                used.lines += 1;
                (ImportFormat::TakeoutZip, Err(error), false, false)
            }
            Err(stop) => return Err(stop.into_error()),
        };
        if used.lines > limits.lines {
            return Err(refusal::too_many_lines(limits.lines));
        }
        texts.push(Text {
            title: FileName::parse(path).title(),
            group: Group::from_path(path),
            path: path.to_owned(),
            label: entries.label(index),
            source_name: entries.source_name(index).map(str::to_owned),
            is_chosen: entries.is_chosen(index),
            is_narrow,
            has_channel_ids,
            found,
            format,
        });
    }
    if texts.is_empty() {
        return Err(if entries.is_one_archive { refusal::empty_archive() } else { refusal::only_os_metadata() });
    }
    refuse_misplaced(&mut texts, &folders, &mut used);
    if texts.iter().all(|text| text.found.is_err()) {
        let mut codes = texts.iter().filter_map(|text| text.found.as_ref().err()).map(|error| error.code);
        let common = codes.next().filter(|first| codes.all(|code| code == *first));
        return Err(refusal::no_list(entries.is_one_archive, common, &describe_refused(&texts)));
    }
    apply_titles(&mut texts, contents);
    let format = if entries.is_one_archive {
        ImportFormat::TakeoutZip
    } else {
        texts.iter().find(|text| text.found.is_ok()).map_or(ImportFormat::TakeoutZip, |text| text.format)
    };
    Ok(Inspection { name: entries.title(), format, total: used.lines, texts })
}

/// Gives playlists the ids and names of the archive's table of contents, or else the titles that their files' names have.
fn apply_titles(texts: &mut [Text], contents: Contents) {
    let is_named = |text: &Text| text.found.is_ok() && text.is_takeout();
    let files: Vec<FileName> = texts.iter().filter(|text| is_named(text)).map(|text| FileName::parse(&text.path)).collect();
    let assigned = contents.assign(&files);
    for text in texts {
        if !is_named(text) {
            continue;
        }
        let Ok([section]) = text.found.as_deref_mut() else { continue };
        let known = assigned.heading(&FileName::parse(&text.path));
        section.heading = std::mem::take(&mut section.heading).or(known);
    }
}

impl Text {
    fn is_takeout(&self) -> bool {
        matches!(self.format, ImportFormat::Takeout | ImportFormat::TakeoutOld)
    }
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
    let mut counter = LineCounter { format: ImportFormat::Links, sections: Vec::new(), limits, used, common_reason: CommonReason::default() };
    text.read(&mut counter)?;
    let total = counter.used.lines - used.lines;
    if total == 0 {
        let heading = counter.sections.first().and_then(|section| section.heading.name.as_deref());
        return Err(ReadError::TextRefused(refusal::no_videos(heading)));
    }
    if !counter.sections.iter().any(|section| section.has_videos) {
        return Err(ReadError::TextRefused(refusal::nothing_recognised(total, counter.common_reason.get())));
    }
    Ok(counter)
}

struct LineCounter {
    format: ImportFormat,
    sections: Vec<Section>,
    limits: ImportLimits,
    used: Usage,
    common_reason: CommonReason,
}

impl Sink for LineCounter {
    fn set_format(&mut self, format: ImportFormat) {
        self.format = format;
    }

    fn begin_playlist(&mut self) -> Result<u32, ReadError> {
        if self.used.playlists == MAX_PLAYLISTS || self.sections.len() == MAX_STATES {
            return Err(ReadError::UploadRefused(refusal::too_many_lists(MAX_PLAYLISTS as u32)));
        }
        self.used.playlists += 1;
        self.sections.push(Section::default());
        Ok(self.sections.len() as u32 - 1)
    }

    fn set_heading(&mut self, playlist: u32, heading: Heading) -> Result<(), ReadError> {
        self.used.headings += heading.bytes();
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
        if let Entry::Rejected(reason) = &line.entry {
            self.common_reason.add(reason);
        }
        Ok(())
    }

    fn supersede(&mut self, playlist: u32) -> Result<(), ReadError> {
        let section = &mut self.sections[playlist as usize];
        self.used.lines -= section.total;
        self.used.playlists -= 1;
        self.used.headings -= section.heading.bytes();
        *section = Section { is_superseded: true, ..Section::default() };
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
