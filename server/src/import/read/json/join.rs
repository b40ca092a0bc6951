//! Playlists that a file keeps apart from their videos, as tables of a database: `{"playlists":[{"id":1,"name":"A"}],"rows":[{"playlistId":1,…}]}`.

use std::collections::HashMap;

use super::{
    super::{Heading, ReadError, Sink, link::playlist_id},
    Document, Fields, Frame,
};
use crate::text::normalize_name;

/// Rows with a name that are kept, and bytes of them.
const MAX_NAMES: usize = 10_000;
const MAX_BYTES: usize = 1 << 20;
/// Tables that may name playlists.
const MAX_TABLES: usize = 32;

#[derive(Default)]
pub(super) struct Join {
    /// By the table's name, then by the row's id.
    tables: HashMap<String, HashMap<String, Heading>>,
    rows: usize,
    bytes: usize,
    /// Of rows that refer to a playlist: by what the reference is called, and by the playlist's id.
    lists: HashMap<(&'static str, String), u32>,
}

impl Join {
    fn add(&mut self, table: &str, id: &str, heading: Heading) {
        let bytes = id.len() + heading.bytes();
        let is_full = self.rows == MAX_NAMES || self.bytes + bytes > MAX_BYTES;
        if is_full || (self.tables.len() == MAX_TABLES && !self.tables.contains_key(table)) {
            return;
        }
        self.rows += 1;
        self.bytes += bytes;
        self.tables.entry(table.to_owned()).or_default().entry(id.to_owned()).or_insert(heading);
    }

    /// `playlist` refers to a row of `playlists`, `list` to one of `lists` or `playlists`.
    fn heading(&self, kind: &str, id: &str) -> Option<&Heading> {
        self.tables.iter().filter(|(table, _)| table.contains(kind)).find_map(|(_, rows)| rows.get(id))
    }

    /// Names the lists of rows, now that all playlists are known.
    pub(super) fn finish(&mut self, sink: &mut dyn Sink) -> Result<(), ReadError> {
        for ((kind, id), list) in &self.lists {
            if let Some(heading) = self.heading(kind, id) {
                sink.set_heading(*list, heading.clone().or(Heading { id: playlist_id(id), name: None }))?;
            }
        }
        Ok(())
    }
}

impl Document<'_> {
    /// An object without a video in a table: it may be a playlist.
    pub(super) fn add_row(&mut self, fields: &Fields, heading: &Heading) {
        if let (Some(Frame::Array(array)), Some(id), Some(_)) = (self.frames.last(), &fields.own_key, &heading.name) {
            let heading = Heading { id: heading.id.as_deref().and_then(playlist_id), name: heading.name.clone() };
            self.join.add(&normalize_name(&array.key), id, heading);
        }
    }

    /// The list of a row that refers to a playlist, where the row is in a table of its own or the playlist is known.
    pub(super) fn joined_list(&mut self, fields: &Fields) -> Result<Option<u32>, ReadError> {
        let Some((kind, id)) = fields.list_key() else { return Ok(None) };
        let own = fields.playlist().unwrap_or_default();
        if own.name.is_some() {
            return Ok(None);
        }
        let is_table = self.frames.iter().filter(|frame| matches!(frame, Frame::Object(_))).count() <= 1;
        if !is_table && self.join.heading(kind, &id).is_none() {
            return Ok(None);
        }
        if let Some(list) = self.join.lists.get(&(kind, id.clone())) {
            return Ok(Some(*list));
        }
        let list = self.sink.begin_playlist()?;
        self.sink.set_heading(list, own)?;
        self.join.lists.insert((kind, id), list);
        Ok(Some(list))
    }
}
