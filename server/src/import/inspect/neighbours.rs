//! What the files of an archive say about each other: parts of one list, and files that are no playlists, told by their place.

use std::collections::HashSet;

use app::wire::ImportFormat;

use super::{Text, Usage};
use crate::{
    import::{
        MAX_TITLE_CHARS,
        file_name::{FileName, folder},
        read::mail::{self, MailKind},
        refusal,
    },
    text::single_line,
};

/// Refused files that are named when there is no list at all.
const MAX_NAMED_FILES: usize = 3;

/// A list in several files: the parts of an export, or a folder of shortcuts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::import) struct Group {
    /// What it is called, where anything says so.
    pub(in crate::import) name: Option<String>,
    /// Whether each file is a shortcut, whose name is the video's title.
    pub(in crate::import) is_shortcuts: bool,
}

impl Group {
    pub(super) fn from_path(path: &str) -> Option<Self> {
        let name = FileName::parse(path);
        let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
        if ["url", "webloc", "desktop", "website"].contains(&ending.as_str()) {
            let folder = folder(path).rsplit(['/', '\\']).next().unwrap_or_default();
            return Some(Self { name: single_line(folder, MAX_TITLE_CHARS), is_shortcuts: true });
        }
        // What yt-dlp writes of each video.
        if path.to_ascii_lowercase().ends_with(".info.json") {
            let folder = folder(path).rsplit(['/', '\\']).next().unwrap_or_default();
            return Some(Self { name: single_line(folder, MAX_TITLE_CHARS), is_shortcuts: false });
        }
        // Omnivore's `metadata_0_to_20.json`, Pocket's `part_000000.csv`.
        let words: Vec<&str> = name.stem.split('_').collect();
        let is_number = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit());
        let is_part = matches!(words[..], ["metadata", from, "to", to] if is_number(from) && is_number(to))
            || matches!(words[..], ["part", number] if is_number(number));
        is_part.then_some(Self { name: None, is_shortcuts: false })
    }
}

/// Whether a file of Takeout's holds mails or a note of Keep.
pub(super) fn is_private(head: &[u8]) -> bool {
    let has = |mark: &str| head.windows(mark.len()).any(|bytes| bytes == mark.as_bytes());
    matches!(mail::detect(head), Some(MailKind::Mail | MailKind::Mailbox))
        || (has("\"textContent\"") || has("\"listContent\"")) && has("\"isTrashed\"")
        || has("<div class=\"note")
}

/// Files of an archive that accompany others: what a program says of a video beside it, or a text that was saved with an article.
fn is_sidecar_file(path: &str) -> bool {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
    ["description", "vtt", "srt", "ass", "lrc", "html", "htm", "md"].contains(&ending.as_str()) || name.starts_with("cache_")
}

/// What was exported together with a table of contents: the folder `Takeout` that it is in, or what is around its own folder.
fn export_root(folder: &str) -> &str {
    let parent = || folder.rsplit_once(['/', '\\']).map_or("", |(parent, _)| parent);
    let end = folder.match_indices("Takeout").map(|(at, name)| (at, at + name.len())).find(|(at, end)| {
        let is_boundary = |text: &str| text.is_empty() || text.starts_with(['/', '\\']) || text.ends_with(['/', '\\']);
        is_boundary(&folder[..*at]) && is_boundary(&folder[*end..])
    });
    end.map_or_else(parent, |(_, end)| &folder[..end])
}

/// In an export with a table of contents, the playlists lie beside it; its other tables and pages are about something else, unless they have
/// the columns of a playlist and no more. Without one, tables about one's own channel are told by its id. A file that somebody chose by itself is meant, wherever it lay.
pub(super) fn refuse_misplaced(texts: &mut [Text], folders: &HashSet<&str>, used: &mut Usage) {
    let roots: HashSet<&str> = folders.iter().map(|folder| export_root(folder)).collect();
    let is_exported =
        |path: &str| roots.iter().any(|root| root.is_empty() || path.strip_prefix(root).is_some_and(|rest| rest.starts_with(['/', '\\'])));
    let has_takeout = texts.iter().any(|text| text.found.is_ok() && text.is_takeout());
    let paths: HashSet<String> = texts.iter().map(|text| text.path.clone()).collect();
    let has_lists = texts.iter().any(|text| text.found.is_ok() && !is_sidecar_file(&text.path));
    for text in texts {
        let Ok(sections) = &text.found else { continue };
        let is_csv = text.path.to_ascii_lowercase().ends_with(".csv");
        let is_table = text.is_takeout() || is_csv || matches!(text.format, ImportFormat::Csv | ImportFormat::Page);
        let is_playlist = text.is_takeout() && text.is_narrow;
        let is_elsewhere = !text.is_chosen && !is_playlist && is_exported(&text.path) && !folders.contains(folder(&text.path));
        let is_about_channel = has_takeout && text.has_channel_ids;
        let is_beside = has_lists
            && !text.is_chosen
            && is_sidecar_file(&text.path)
            && matches!(text.format, ImportFormat::Page | ImportFormat::Links | ImportFormat::Json);
        // Notion writes each table twice.
        let is_repeated = text.path.strip_suffix("_all.csv").is_some_and(|path| paths.contains(&format!("{path}.csv")));
        if is_beside || is_repeated || (is_table && (is_elsewhere || is_about_channel)) {
            used.lines -= sections.iter().map(|section| section.total).sum::<u32>();
            used.lines += 1;
            text.found = Err(refusal::not_a_playlist());
        }
    }
}

/// The first refused files, when there is no list at all.
pub(super) fn describe_refused(texts: &[Text]) -> String {
    let refused = texts.iter().filter_map(|text| Some((&text.label, text.found.as_ref().err()?)));
    refused.take(MAX_NAMED_FILES).map(|(label, error)| format!("{label}: {}", refusal::description(error))).collect::<Vec<_>>().join(" ")
}
