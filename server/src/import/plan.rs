//! Decides which playlist of an upload goes to which list.

use std::collections::{HashMap, HashSet};

use app::wire::{ImportFormat, MAX_LIST_NAME_CHARS};

use super::{
    ImportError, ImportLimits, Inspection,
    inspect::{Section, Text},
    read::{Heading, link},
    refusal,
};
use crate::text::{normalize_name, shorten, single_line};

/// Characters of a source key; the database's index entries are limited.
const MAX_KEY_CHARS: usize = 300;
/// Name of a list when the file has none.
const DEFAULT_LIST_NAME: &str = "Imported videos";

/// A playlist that becomes a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Playlist {
    /// The name of a new list.
    pub name: String,
    /// The uploaded file that it comes from, where several were: the first of them, or the folder, if it is in more than one.
    pub source_name: Option<String>,
    /// The format of its file; an archive has one of its own.
    pub format: ImportFormat,
    /// Source keys by which an existing list is found again, the best first; a worse one may be all that an earlier import knew. Never empty.
    pub keys: Vec<String>,
}

/// The list of each playlist of each text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    playlists: Vec<Playlist>,
    /// By text, then by playlist; `None` for a playlist without a list.
    lists: Vec<Vec<Option<u32>>>,
    /// The list that gets a line for each refused file of an archive.
    refused_files: Option<u32>,
}

impl Inspection {
    /// Puts the whole upload into one list.
    pub fn plan_single_list(&self) -> Plan {
        let section_count = |text: &Text| text.found.as_ref().map_or(0, Vec::len);
        Plan { playlists: Vec::new(), lists: self.texts.iter().map(|text| vec![Some(0); section_count(text)]).collect(), refused_files: Some(0) }
    }

    /// Makes a list of each playlist with videos. Only playlists with the same id become one list; others that are called alike are numbered.
    ///
    /// # Errors
    /// More lists than one import may make.
    pub fn plan_lists(&self, limits: ImportLimits) -> Result<Plan, ImportError> {
        let (mut playlists, mut numbers, mut alike) = (Vec::new(), HashMap::new(), HashMap::new());
        let namesakes = self.namesakes();
        // Parts of a text without a name of their own are one list.
        let mut unnamed: Option<(*const Text, u32)> = None;
        let mut number = |text: &Text, section: &Section| {
            let is_unnamed = section.heading == Heading::default();
            if let Some((section_text, number)) = unnamed.filter(|_| is_unnamed && section.has_videos)
                && std::ptr::eq(section_text, text)
            {
                return Ok(Some(number));
            }
            let Some(mut playlist) = section.has_videos.then(|| self.new_playlist(text, section)) else { return Ok(None) };
            let key = playlist.keys[0].clone();
            if section.heading.id.is_none() && !is_grouped(text, section) {
                let same = alike.entry(key.clone()).or_insert(0_u32);
                *same += 1;
                // A name that several have tells none of them from one that has an id in a later file.
                if namesakes.contains(&key) {
                    playlist.keys = vec![format!("{key}#{same}")];
                }
            }
            let next = numbers.len() as u32;
            let number = *numbers.entry(playlist.keys[0].clone()).or_insert_with(|| {
                playlists.push(playlist);
                next
            });
            if is_unnamed {
                unnamed = Some((std::ptr::from_ref(text), number));
            }
            if number < limits.entries { Ok(Some(number)) } else { Err(refusal::too_many_lists(limits.entries)) }
        };
        let section_numbers = |text: &Text| text.found.iter().flatten().map(|section| number(text, section)).collect();
        let lists = self.texts.iter().map(section_numbers).collect::<Result<_, _>>()?;
        Ok(Plan { playlists, lists, refused_files: None })
    }

    /// The keys that several playlists without an id would have.
    fn namesakes(&self) -> HashSet<String> {
        let (mut seen, mut namesakes) = (HashSet::new(), HashSet::new());
        for text in &self.texts {
            let named =
                text.found.iter().flatten().filter(|section| section.has_videos && section.heading.id.is_none() && !is_grouped(text, section));
            let mut has_unnamed = false;
            // Parts of a text without a name of their own are one list.
            for section in named.filter(|section| section.heading.name.is_some() || !std::mem::replace(&mut has_unnamed, true)) {
                let key = self.new_playlist(text, section).keys.swap_remove(0);
                if !seen.insert(key.clone()) {
                    namesakes.insert(key);
                }
            }
        }
        namesakes
    }

    fn new_playlist(&self, text: &Text, section: &Section) -> Playlist {
        let grouped = text.group.as_ref().filter(|_| is_grouped(text, section));
        let grouped = grouped.and_then(|group| group.name.clone().or_else(|| self.name.clone()));
        let source_name = text.source_name.clone().map(|file| grouped.clone().unwrap_or(file));
        let name = section.heading.name.clone().or(grouped).or_else(|| text.title.clone());
        let name = name.and_then(|name| single_line(&name, MAX_LIST_NAME_CHARS)).unwrap_or_else(|| DEFAULT_LIST_NAME.into());
        let service = match text.format {
            ImportFormat::Takeout | ImportFormat::TakeoutOld | ImportFormat::TakeoutZip => "takeout",
            ImportFormat::Csv | ImportFormat::Links | ImportFormat::Json | ImportFormat::Page | ImportFormat::Database => "file",
            ImportFormat::Freetube => "freetube",
            ImportFormat::Piped => "piped",
            ImportFormat::BookmarksHtml => "bookmarks",
        };
        let by_id = section.heading.id.as_deref().map(|id| match service {
            "bookmarks" => source_key(service, &format!("#{id}")),
            _ if link::playlist_id(id).is_some() => source_key("youtube", id),
            _ => source_key(service, &format!("#{id}")),
        });
        // A playlist's file name and its title in the table of contents differ in punctuation; in a folder's name every letter counts.
        let plain = if service == "bookmarks" { String::new() } else { normalize_name(&name) };
        let by_name = source_key(service, if plain.is_empty() { &name } else { &plain });
        let format = if self.format == ImportFormat::TakeoutZip { self.format } else { text.format };
        Playlist { name, source_name, format, keys: by_id.into_iter().chain([by_name]).collect() }
    }
}

impl Plan {
    /// The lists by index; empty when everything goes to one existing list.
    pub fn playlists(&self) -> &[Playlist] {
        &self.playlists
    }

    /// The list of a playlist; with `None`, of a refused file.
    pub(super) fn list_for(&self, text: usize, section: Option<u32>) -> Option<u32> {
        match section {
            Some(section) => self.lists.get(text)?.get(section as usize).copied().flatten(),
            None => self.refused_files,
        }
    }

    pub(super) fn list_count(&self) -> usize {
        self.playlists.len().max(1)
    }
}

/// Whether the list has parts in other files.
fn is_grouped(text: &Text, section: &Section) -> bool {
    text.group.is_some() && section.heading == Heading::default()
}

/// A long one is replaced by its beginning and a hash, so that those which begin alike stay apart.
fn source_key(service: &str, text: &str) -> String {
    shorten(format!("{service}:{text}"), MAX_KEY_CHARS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_keys_stay_apart_and_within_the_limit() {
        let (one, two) = (source_key("file", &"é".repeat(400)), source_key("file", &("é".repeat(399) + "x")));
        assert!(one != two && one.chars().count() == MAX_KEY_CHARS, "{one}");
        assert_eq!(source_key("file", "#short"), "file:#short");
    }
}
