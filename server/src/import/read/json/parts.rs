//! Objects and arrays that are parts of what is around them: a title in pieces, the attachments of a message, the pages of a tab.

use super::{
    super::{ReadError, date::Added},
    Candidate, Document, Fields, Frame, Object,
};

/// What a title in pieces is kept under: `{"runs":[{"text":…}]}` and `{"simpleText":…}` of YouTube's pages, and similar ones of other programs.
const TITLE_KEYS: [&str; 10] = ["text", "simpleText", "content", "rendered", "$t", "#text", "_text", "plain_text", "value", "#cdata-section"];
/// Pages of a tab that are kept; browsers keep fifty.
const MAX_PAGES: usize = 64;

/// The pages that a tab has shown, of which one is open.
#[derive(Default)]
pub(super) struct Pages {
    seen: Vec<Fields>,
    /// From 1; 0 where the file does not say.
    open: usize,
}

impl Pages {
    pub(super) fn add(&mut self, fields: Fields) {
        if self.seen.len() == MAX_PAGES {
            self.seen.remove(0);
        }
        self.seen.push(fields);
    }

    /// `index` of a tab, which may stand before or behind its pages.
    pub(super) fn set_open(&mut self, key: &str, number: &str) {
        if key == "index" {
            self.open = number.parse().unwrap_or_default();
        }
    }

    /// The one that is open, or else the last.
    pub(super) fn take_open(&mut self) -> Option<Fields> {
        let last = self.seen.len().checked_sub(1)?;
        Some(self.seen.swap_remove(self.open.checked_sub(1).unwrap_or(last).min(last)))
    }
}

impl Document<'_> {
    /// A piece of a title goes to the object that has the title. Returns whether it was one.
    pub(super) fn title_piece(&mut self, key: &str, text: &str) -> bool {
        let is_piece = match self.frames.last() {
            Some(Frame::Object(object)) => object.is_title && TITLE_KEYS.contains(&key),
            Some(Frame::Array(array)) => array.is_title,
            _ => false,
        };
        let titled = self.frames.iter_mut().rev().find_map(|frame| match frame {
            Frame::Object(object) if !object.is_title => Some(object),
            _ => None,
        });
        if let Some(titled) = titled.filter(|_| is_piece) {
            titled.fields.add_title_piece(key, text);
        }
        is_piece
    }

    /// The object that an object is a part of: the one around it, or around the array of parts that it is in.
    pub(super) fn enclosing_object(&mut self) -> Option<(&mut Object, bool)> {
        let is_attachment = matches!(self.frames.last(), Some(Frame::Array(array)) if array.is_part);
        let at = if is_attachment {
            self.frames.iter().rposition(|frame| matches!(frame, Frame::Object(_)))?
        } else {
            self.frames.len().checked_sub(1)?
        };
        match self.frames.get_mut(at)? {
            Frame::Object(object) => Some((object, is_attachment)),
            _ => None,
        }
    }

    /// Adopts what may be a part of the object around it. Gives it back where it is a video of its own, with the one that was adopted before.
    pub(super) fn adopt(&mut self, candidate: &Candidate, mut fields: Fields) -> Result<Option<Fields>, ReadError> {
        let lines = self.lines;
        // Several links of a message all have its date.
        let sent =
            self.enclosing_object().filter(|(_, is_attachment)| *is_attachment).map_or(Added::Unknown, |(object, _)| object.fields.own_added());
        fields.complete_added(sent);
        let Some((object, is_attachment)) = self.enclosing_object().filter(|(object, _)| lines == object.lines_before) else {
            return Ok(Some(fields));
        };
        let earlier = object.fields.nested_candidate();
        let is_part = match &earlier {
            None => !object.is_map,
            Some(earlier) => earlier.video() == candidate.video() || (is_attachment && candidate.video().is_none()),
        };
        if is_part {
            if is_attachment {
                object.fields.adopt_attachment(fields);
            } else {
                object.fields.adopt(fields);
            }
            return Ok(None);
        }
        object.is_map = true;
        let line = object.line;
        let first = std::mem::take(&mut object.fields.nested);
        if let (Some(earlier), Some(mut first)) = (earlier, first) {
            first.complete_added(sent);
            self.push_video(line, earlier, *first)?;
        }
        Ok(Some(fields))
    }
}
