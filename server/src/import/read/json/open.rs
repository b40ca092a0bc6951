//! Decides of each object and array at its beginning what it may be, by its name and by what is around it.

use super::{
    super::{HISTORY_SKIPPED, ReadError, VideoDetails},
    Array, Document, Frame, Object, Role,
    field_role::{FieldRole, field_role},
    keys,
};
use crate::{import::MAX_TITLE_CHARS, text::single_line};

impl Document<'_> {
    pub(super) fn open(&mut self, line: u32, is_object: bool) -> Result<(), ReadError> {
        let (key, role) = match self.frames.last_mut() {
            Some(Frame::Ignored) => {
                self.frames.push(Frame::Ignored);
                return Ok(());
            }
            Some(Frame::Object(object)) => {
                let key = object.key.take().unwrap_or_default();
                if !is_object && object.ids.is_video(&key) {
                    self.map_video(line, &key, VideoDetails::default())?;
                    self.frames.push(Frame::Ignored);
                    return Ok(());
                }
                object.fields.is_log_mark |= key.starts_with("$$");
                let role = keys::role(&key);
                object.has_videos_array |= !is_object && role == Role::Videos;
                let role = if object.fields.is_history && role == Role::Videos { Role::History } else { role };
                (key, role)
            }
            Some(Frame::Array(_)) | None => (String::new(), Role::Container),
        };
        let frame = match role {
            Role::Ignored => Frame::Ignored,
            Role::Subscriptions => {
                self.saw_subscriptions = true;
                Frame::Ignored
            }
            Role::History => {
                if !self.saw_history {
                    self.saw_history = true;
                    self.reject_outside(line, &key, HISTORY_SKIPPED)?;
                }
                Frame::Ignored
            }
            _ => self.frame(line, key, role, is_object)?,
        };
        self.frames.push(frame);
        Ok(())
    }

    fn frame(&mut self, line: u32, key: String, role: Role, is_object: bool) -> Result<Frame, ReadError> {
        let (mut is_title, mut is_part, mut is_tab) = match self.frames.last() {
            Some(Frame::Object(outer)) => (outer.is_title || is_title_name(&key), outer.is_part, false),
            Some(Frame::Array(outer)) => (outer.is_title, outer.is_part, outer.is_tab),
            _ => (false, false, false),
        };
        // In an object that is one of many, the name of a field is none of a playlist.
        let is_one_of_many = self.frames.iter().rev().nth(1).is_some_and(|frame| matches!(frame, Frame::Array(_)));
        let list_name = (role == Role::Other && !is_one_of_many).then(|| single_line(&key, MAX_TITLE_CHARS)).flatten();
        is_part = (is_part || role == Role::Text) && !matches!(role, Role::Videos | Role::Entries);
        if is_object {
            let describes_playlist = keys::describes_playlist(&key);
            let object = Object { line, lines_before: self.lines, describes_playlist, name: key, list_name, is_title, is_part, ..Object::default() };
            return Ok(Frame::Object(Box::new(object)));
        }
        let is_in_tab = matches!(self.frames.iter().rev().nth(1), Some(Frame::Array(outer)) if outer.role == Role::Group);
        is_tab |= is_in_tab && key == "entries";
        is_title &= !is_tab;
        // An array in an array goes on with its list.
        let list = if let Some(Frame::Array(outer)) = self.frames.last() { outer.list } else { None };
        Ok(Frame::Array(Array { key, name: list_name, list, role, is_title, is_part, is_tab }))
    }
}

/// Whether what stands below this name may be a title in pieces.
fn is_title_name(key: &str) -> bool {
    matches!(field_role(key), FieldRole::Title | FieldRole::Name)
}
