//! Follows a document token by token, and decides of each object at its end what it is.

use app::wire::ImportFormat;

use super::{
    super::{Heading, ReadError, VideoDetails, link, links},
    Array, Candidate, Document, Fields, Frame, MAX_DEPTH, MAX_VALUE_BYTES, NO_ID, NOTHING_ON_LINE, Object, Role, Token,
};
use crate::{
    import::Entry,
    text::{single_line, trim_invisible},
};

/// Objects and arrays around a text that may be long.
const MAX_NOTE_DEPTH: usize = 8;
const TEXT_TOO_DEEP: &str = "This long text is nested too deep: only the links at its beginning were read.";

impl Document<'_> {
    /// Returns false for a token that cannot stand here.
    pub(super) fn accept(&mut self, line: u32, token: Token) -> Result<bool, ReadError> {
        if self.frames.len() > MAX_DEPTH {
            return Ok(false);
        }
        match token {
            Token::Comma | Token::Colon => {}
            Token::ObjectStart | Token::ArrayStart => self.open(line, token == Token::ObjectStart)?,
            Token::ObjectEnd | Token::ArrayEnd => return self.close(line, token == Token::ObjectEnd),
            Token::String(text) => self.string(line, text)?,
            Token::Scalar(text) => self.scalar(line, &text)?,
        }
        Ok(true)
    }

    fn close(&mut self, line: u32, is_object: bool) -> Result<bool, ReadError> {
        match (self.frames.pop(), is_object) {
            (Some(Frame::Ignored), _) => {}
            (Some(Frame::Array(array)), false) => {
                // An inner array's list is the outer one's.
                if let Some(Frame::Array(outer)) = self.frames.last_mut() {
                    outer.list = outer.list.or(array.list);
                }
            }
            (Some(Frame::Object(object)), true) => self.end_object(line, *object)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn end_object(&mut self, line: u32, mut object: Object) -> Result<(), ReadError> {
        let heading = object.fields.heading().or(std::mem::take(&mut object.nested_heading));
        if object.fields.is_freetube {
            self.format = ImportFormat::Freetube;
        }
        if object.fields.is_piped {
            self.format = ImportFormat::Piped;
        }
        let is_only = object.lists.len() == 1;
        for (list, name) in std::mem::take(&mut object.lists) {
            let own = name.filter(|_| !(is_only && heading.name.is_some()));
            let heading = own.map_or_else(|| heading.clone(), |name| Heading { name: Some(name), id: None });
            self.sink.set_heading(list, heading)?;
            if self.frames.is_empty() {
                self.log.add(object.fields.log_id.as_deref(), list);
            }
        }
        if self.frames.is_empty() && (object.fields.is_deleted || object.fields.log_id.is_some()) {
            for list in self.log.earlier(object.fields.log_id.as_deref(), object.fields.is_deleted) {
                self.sink.supersede(list)?;
            }
        }
        if object.is_map || self.lines > object.lines_before {
            return Ok(());
        }
        if object.fields.is_cookie() {
            self.saw_cookies = true;
            return Ok(());
        }
        if let Some(page) = object.pages.take_open() {
            object.fields.adopt(page);
        }
        if let Some(Frame::Array(Array { is_tab: true, .. })) = self.frames.last() {
            if let Some((tab, _)) = self.frames.split_last_mut().and_then(|(_, outer)| outer.split_last_mut())
                && let Frame::Object(tab) = tab
            {
                tab.pages.add(object.fields.into_page());
            }
            return Ok(());
        }
        self.saw_subscriptions |= object.fields.is_subscription;
        self.saw_comments |= object.fields.is_comment;
        let is_search = self.frames.is_empty() && object.fields.is_search && object.fields.log_id.is_some() && !object.fields.is_freetube;
        if is_search || object.fields.is_searched {
            self.saw_searches = true;
            return Ok(());
        }
        if object.fields.is_watched || object.fields.is_history {
            self.saw_history = true;
            return Ok(());
        }
        if object.fields.is_subscription || object.fields.is_comment {
            return Ok(());
        }
        let in_videos = matches!(self.frames.last(), Some(Frame::Array(array)) if matches!(array.role, Role::Videos | Role::Entries));
        let candidate = object.fields.candidate();
        if candidate.as_ref().is_none_or(|candidate| candidate.video().is_none())
            && matches!(self.frames.last(), Some(Frame::Object(map)) if map.ids.is_video(&object.name))
        {
            let details = VideoDetails { title: object.fields.title(), added: object.fields.added() };
            return self.map_video(object.line, &object.name, details);
        }
        match candidate {
            None if object.is_title => Ok(()),
            Some(candidate) => self.end_video(object.line, candidate, object.fields),
            None if object.has_videos_array => self.reject_empty(object.line, heading, object.fields.log_id.as_deref()),
            None if in_videos => {
                let shown = object.fields.title().unwrap_or_else(|| "{…}".into());
                self.push(object.line, &shown, link::ParsedVideo::Malformed, VideoDetails::default(), Entry::Rejected(NO_ID.into()), None)
            }
            None => {
                self.add_row(&object.fields, &heading);
                self.end_other(line, object, heading)
            }
        }
    }

    /// An object without a video: it may describe the playlist beside it.
    fn end_other(&mut self, line: u32, object: Object, heading: Heading) -> Result<(), ReadError> {
        match self.frames.last_mut() {
            Some(Frame::Object(parent)) => {
                if object.describes_playlist {
                    parent.nested_heading = std::mem::take(&mut parent.nested_heading).or(heading);
                }
                parent.fields.adopt(object.fields);
                Ok(())
            }
            None if !object.fields.is_deleted && !object.fields.is_log_mark => self.reject_outside(line, "{…}", NOTHING_ON_LINE),
            _ => Ok(()),
        }
    }

    /// A video in an array stands for itself; one that is the value of a name may be a part of what is around it.
    fn end_video(&mut self, line: u32, candidate: Candidate, fields: Fields) -> Result<(), ReadError> {
        if self.frames.is_empty() && fields.is_note() {
            // A note whose title is the list's name.
            let list = self.sink.begin_playlist()?;
            self.sink.set_heading(list, Heading { id: None, name: fields.title() })?;
            return self.push_into(list, line, &candidate.text, candidate.parsed, VideoDetails::default(), Entry::InvalidId);
        }
        match self.adopt(&candidate, fields)? {
            Some(fields) => self.push_video(line, candidate, fields),
            None => Ok(()),
        }
    }

    pub(super) fn push_video(&mut self, line: u32, candidate: Candidate, fields: Fields) -> Result<(), ReadError> {
        let details = VideoDetails { title: fields.title(), added: fields.added() };
        let shown = single_line(&candidate.text, 1).map_or_else(|| details.title.clone().unwrap_or_else(|| "{…}".into()), |_| candidate.text.clone());
        let malformed = match trim_invisible(&candidate.text) {
            "" => Entry::Rejected(NO_ID.into()),
            _ if candidate.is_id => Entry::InvalidId,
            _ => Entry::Rejected(link::NOT_A_LINK_OR_ID.into()),
        };
        match self.joined_list(&fields)? {
            Some(list) => self.push_into(list, line, &shown, candidate.parsed, details, malformed),
            None => self.push(line, &shown, candidate.parsed, details, malformed, fields.playlist()),
        }
    }

    fn string(&mut self, line: u32, mut text: String) -> Result<(), ReadError> {
        if self.frames.len() > MAX_NOTE_DEPTH && text.len() > MAX_VALUE_BYTES {
            if text[text.floor_char_boundary(MAX_VALUE_BYTES)..].contains("youtu") {
                self.reject_outside(line, &text, TEXT_TOO_DEEP)?;
            }
            text.truncate(text.floor_char_boundary(MAX_VALUE_BYTES));
        }
        match self.frames.last_mut() {
            Some(Frame::Object(object)) => match object.key.take() {
                None => {
                    text.truncate(text.floor_char_boundary(MAX_VALUE_BYTES));
                    object.key = Some(text);
                }
                Some(key) => {
                    if !self.title_piece(&key, &text)
                        && !self.map_field(line, &key, &text)?
                        && let Some(Frame::Object(object)) = self.frames.last_mut()
                    {
                        object.fields.set(&key, text);
                    }
                }
            },
            Some(Frame::Array(array)) => {
                let holds_videos = array.role == Role::Videos && !array.is_tab;
                if self.title_piece("", &text) {
                    return Ok(());
                }
                return self.element(line, &text, holds_videos);
            }
            Some(Frame::Ignored) | None => {}
        }
        Ok(())
    }

    /// A text in an array: an id, a link, or a playlist in Grayjay's way, its name and addresses each on a line.
    fn element(&mut self, line: u32, text: &str, holds_videos: bool) -> Result<(), ReadError> {
        if text.contains("|||") {
            // Grayjay's history: address, time, position, title.
            self.saw_history = true;
            return Ok(());
        }
        self.saw_subscriptions |= text.len() == 24 && text.starts_with("UC");
        if let Some((name, addresses)) = text.split_once('\n')
            && addresses.lines().any(|address| matches!(link::parse(address), link::ParsedVideo::Link(_)))
        {
            let list = self.sink.begin_playlist()?;
            self.sink.set_heading(list, links::grayjay_heading(name))?;
            for address in addresses.lines().filter(|address| !address.trim().is_empty()) {
                let malformed = Entry::Rejected(link::NOT_A_LINK_OR_ID.into());
                self.push_into(list, line, address, link::parse(address), VideoDetails::default(), malformed)?;
            }
            return Ok(());
        }
        let parsed = match link::parse(text) {
            link::ParsedVideo::Malformed => links::all_links(text).map_or(link::ParsedVideo::Malformed, link::ParsedVideo::Link),
            parsed => parsed,
        };
        let is_video = match &parsed {
            link::ParsedVideo::Link(_) => true,
            link::ParsedVideo::Id(id) => !link::is_plain_word(id),
            _ => false,
        };
        if !is_video && !holds_videos {
            return Ok(());
        }
        let shown = if trim_invisible(text).is_empty() { "{…}" } else { text };
        self.push(line, shown, parsed, VideoDetails::default(), Entry::Rejected(link::NOT_A_LINK_OR_ID.into()), None)
    }

    fn scalar(&mut self, line: u32, text: &str) -> Result<(), ReadError> {
        match self.frames.last_mut() {
            Some(Frame::Object(object)) => {
                if let Some(key) = object.key.take() {
                    object.pages.set_open(&key, text);
                    object.fields.set_scalar(&key, text);
                    self.map_field(line, &key, text)?;
                }
                Ok(())
            }
            Some(Frame::Array(array)) if array.role == Role::Videos => {
                self.push(line, "{…}", link::ParsedVideo::Malformed, VideoDetails::default(), Entry::Rejected(NO_ID.into()), None)
            }
            _ => Ok(()),
        }
    }
}
