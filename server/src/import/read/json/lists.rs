//! Finds the list of each video, and pushes it there.

use super::{
    super::{Heading, Position, ReadError, VideoDetails, link, push_parsed},
    Document, Frame, NO_VIDEOS, Role,
};
use crate::import::Entry;

impl Document<'_> {
    /// The list of what is pushed here: the one it names, or that of the innermost array.
    fn list(&mut self, playlist: Option<Heading>) -> Result<u32, ReadError> {
        if let Some(heading) = playlist {
            if let Some(list) = self.named.get(&heading) {
                return Ok(*list);
            }
            let list = self.sink.begin_playlist()?;
            self.sink.set_heading(list, heading.clone())?;
            self.named.insert(heading, list);
            return Ok(list);
        }
        let Some(at) = self.frames.iter().rposition(|frame| matches!(frame, Frame::Array(array) if !array.is_part)) else {
            return self.outside_list();
        };
        let at = self.outermost_group(at);
        let Some(Frame::Array(array)) = self.frames.get(at) else { return self.outside_list() };
        if let Some(list) = array.list {
            return Ok(list);
        }
        // The first of nested arrays belongs to an object, or to none.
        let outer = self.frames[..at].iter().rposition(|frame| !matches!(frame, Frame::Array(_)));
        let Some(outer) = outer else { return self.outside_list() };
        // Arrays without a name in one object are one list.
        let shared = match &self.frames[outer] {
            Frame::Object(object) if array.name.is_none() => object.lists.iter().find(|(_, name)| name.is_none()).map(|(list, _)| *list),
            _ => None,
        };
        if let Some(list) = shared {
            if let Frame::Array(array) = &mut self.frames[at] {
                array.list = Some(list);
            }
            return Ok(list);
        }
        let list = self.sink.begin_playlist()?;
        let mut name = None;
        for frame in &mut self.frames[outer + 1..=at] {
            if let Frame::Array(array) = frame {
                array.list = Some(list);
                name = name.or(array.name.clone());
            }
        }
        if let Frame::Object(object) = &mut self.frames[outer] {
            object.lists.push((list, name));
        }
        Ok(list)
    }

    /// A window's tabs belong to the session.
    fn outermost_group(&self, at: usize) -> usize {
        let is_group = |at: &usize| matches!(&self.frames[*at], Frame::Array(array) if array.role == Role::Group);
        if !is_group(&at) {
            return at;
        }
        let arrays = (0..at).rev().filter(|at| matches!(self.frames[*at], Frame::Array(_)));
        arrays.take_while(is_group).last().unwrap_or(at)
    }

    pub(super) fn outside_list(&mut self) -> Result<u32, ReadError> {
        match self.outside_list {
            Some(list) => Ok(list),
            None => Ok(*self.outside_list.insert(self.sink.begin_playlist()?)),
        }
    }

    pub(super) fn push(
        &mut self,
        line: u32,
        input: &str,
        parsed: link::ParsedVideo,
        details: VideoDetails,
        malformed: Entry,
        playlist: Option<Heading>,
    ) -> Result<(), ReadError> {
        let list = self.list(playlist)?;
        self.push_into(list, line, input, parsed, details, malformed)
    }

    pub(super) fn push_into(
        &mut self,
        list: u32,
        line: u32,
        input: &str,
        parsed: link::ParsedVideo,
        details: VideoDetails,
        malformed: Entry,
    ) -> Result<(), ReadError> {
        self.lines += 1;
        let reason = match (&parsed, &malformed) {
            (link::ParsedVideo::OtherLink(reason), _) | (link::ParsedVideo::Malformed, Entry::Rejected(reason)) => Some(reason),
            _ => None,
        };
        match reason {
            None => self.videos += 1,
            Some(reason) => self.common_reason.add(reason),
        }
        push_parsed(self.sink, Position { list, line }, input, parsed, details, malformed)
    }

    /// A playlist without videos is a line of its own.
    pub(super) fn reject_empty(&mut self, line: u32, heading: Heading, log_id: Option<&str>) -> Result<(), ReadError> {
        let list = self.sink.begin_playlist()?;
        let name = heading.name.clone().unwrap_or_else(|| "{…}".into());
        self.sink.set_heading(list, heading)?;
        if self.frames.is_empty() {
            self.log.add(log_id, list);
        }
        self.push_into(list, line, &name, link::ParsedVideo::Malformed, VideoDetails::default(), Entry::Rejected(NO_VIDEOS.into()))
    }

    /// Rejects a line that is in no playlist.
    pub(super) fn reject_outside(&mut self, line: u32, input: &str, reason: &str) -> Result<(), ReadError> {
        let list = self.outside_list()?;
        push_parsed(self.sink, Position { list, line }, input, link::ParsedVideo::Malformed, VideoDetails::default(), Entry::Rejected(reason.into()))
    }
}
