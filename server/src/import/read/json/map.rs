//! Objects whose keys are ids of videos: `{"dQw4w9WgXcQ": "Title"}`, `{"dQw4w9WgXcQ": {"title": …}}`.

use super::{
    super::{
        Heading, ReadError, VideoDetails,
        date::{self, Added},
        link::{self, ParsedVideo},
    },
    Document, Frame,
};
use crate::{
    import::{Entry, MAX_TITLE_CHARS},
    text::single_line,
};

/// Keys that may be ids or words, and that wait for one that must be an id.
const MAX_UNCERTAIN: usize = 20;

/// What is known of an object's keys.
#[derive(Default)]
pub(super) struct IdMap {
    /// One of them must be an id.
    is_certain: bool,
    /// Those before it that may be ids.
    uncertain: Vec<(u32, String, VideoDetails)>,
    /// The list of its videos.
    list: Option<u32>,
}

impl IdMap {
    /// Whether the key is an id here.
    pub(super) fn is_video(&self, key: &str) -> bool {
        is_certain(key) || (self.is_certain && link::is_id(key))
    }
}

/// Capitals, small letters and digits, as five in six ids have; hardly a name of a field has eleven of them.
fn is_certain(key: &str) -> bool {
    let has = |is: fn(&u8) -> bool| key.bytes().any(|b| is(&b));
    link::is_id(key) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_digit)
}

impl Document<'_> {
    /// A field whose name may be an id, and whose value is a title or a time. Returns whether it was one.
    pub(super) fn map_field(&mut self, line: u32, key: &str, value: &str) -> Result<bool, ReadError> {
        let Some(Frame::Object(object)) = self.frames.last_mut() else { return Ok(false) };
        if !link::is_id(key) {
            return Ok(false);
        }
        let added = date::parse_added(value);
        let is_word = matches!(value, "true" | "false" | "null") || value.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        let details = match added {
            Added::At(_) => VideoDetails { title: None, added },
            _ if is_word => VideoDetails::default(),
            _ => VideoDetails { title: single_line(value, MAX_TITLE_CHARS), added: Added::Unknown },
        };
        if !object.ids.is_video(key) {
            if object.ids.uncertain.len() < MAX_UNCERTAIN && !link::is_plain_word(key) {
                object.ids.uncertain.push((line, key.to_owned(), details));
            }
            return Ok(false);
        }
        self.map_video(line, key, details)?;
        Ok(true)
    }

    /// Pushes a video that a key names.
    pub(super) fn map_video(&mut self, line: u32, key: &str, details: VideoDetails) -> Result<(), ReadError> {
        let list = self.map_list()?;
        let Some(Frame::Object(object)) = self.frames.last_mut() else { return Ok(()) };
        object.ids.is_certain = true;
        object.is_map = true;
        let earlier = std::mem::take(&mut object.ids.uncertain);
        for (line, key, details) in earlier.into_iter().chain([(line, key.to_owned(), details)]) {
            self.push_into(list, line, &key, ParsedVideo::Id(key.clone()), details, Entry::InvalidId)?;
        }
        Ok(())
    }

    /// The list of the innermost object; it is called as the object is.
    fn map_list(&mut self) -> Result<u32, ReadError> {
        let Some((Frame::Object(object), outer)) = self.frames.split_last_mut() else { return self.outside_list() };
        if let Some(list) = object.ids.list {
            return Ok(list);
        }
        if object.list_name.is_none() && outer.is_empty() {
            return self.outside_list();
        }
        let list = self.sink.begin_playlist()?;
        object.ids.list = Some(list);
        let name = object.list_name.clone();
        match (outer.last_mut(), name) {
            (Some(Frame::Object(parent)), name) => parent.lists.push((list, name)),
            (_, Some(name)) => self.sink.set_heading(list, Heading { id: None, name: Some(name) })?,
            _ => {}
        }
        Ok(list)
    }
}
