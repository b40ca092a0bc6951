//! Titles that an archive keeps apart from its playlists: Grayjay writes only addresses into those, and what it knows of their videos into
//! `cache_videos` (futo-org/grayjay-android: models/ImportCache.kt).

use std::collections::HashMap;

use app::wire::ImportFormat;

use super::{
    Entry, ImportLine, Inspection,
    entries::Entries,
    read::{Heading, ReadError, Sink},
    text_file::TextFile,
};

/// Bytes of ids and titles that are kept, and what each pair takes beside them.
const MAX_BYTES: usize = 4 << 20;
const PAIR_BYTES: usize = 100;

#[derive(Default)]
pub(super) struct CachedTitles {
    by_id: HashMap<String, String>,
    bytes: usize,
}

impl CachedTitles {
    /// Of all files of this kind in an archive, which are lists of nobody.
    pub(super) fn read(entries: &Entries<'_>, inspection: &Inspection) -> Result<Self, ReadError> {
        let mut titles = Self::default();
        for (index, text) in inspection.texts.iter().enumerate() {
            if text.found.is_ok() || text.path.rsplit(['/', '\\']).next() != Some("cache_videos") {
                continue;
            }
            match entries.read(index, |bytes| TextFile::open(bytes)?.read(&mut titles)) {
                Ok(()) | Err(ReadError::TextRefused(_)) => {}
                Err(stop) => return Err(stop),
            }
        }
        Ok(titles)
    }

    pub(super) fn get(&self, id: &str) -> Option<&str> {
        self.by_id.get(id).map(String::as_str)
    }
}

impl Sink for CachedTitles {
    fn set_format(&mut self, _: ImportFormat) {}

    fn begin_playlist(&mut self) -> Result<u32, ReadError> {
        Ok(0)
    }

    fn set_heading(&mut self, _: u32, _: Heading) -> Result<(), ReadError> {
        Ok(())
    }

    fn push_line(&mut self, line: ImportLine) -> Result<(), ReadError> {
        if let Entry::Video { youtube_id, title: Some(title), .. } = line.entry {
            self.bytes += youtube_id.len() + title.len() + PAIR_BYTES;
            if self.bytes <= MAX_BYTES {
                self.by_id.insert(youtube_id, title);
            }
        }
        Ok(())
    }

    fn supersede(&mut self, _: u32) -> Result<(), ReadError> {
        Ok(())
    }
}
