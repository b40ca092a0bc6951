//! Follows a document token by token, and decides of each object at its end what it is.

use app::wire::ImportFormat;

use super::{
    super::{HISTORY_SKIPPED, Heading, ReadError, VideoDetails, link, links},
    Array, Candidate, Document, Fields, Frame, MAX_DEPTH, NO_ID, NOTHING_ON_LINE, Object, Role, Token, keys,
};
use crate::{
    import::{Entry, MAX_TITLE_CHARS},
    text::{single_line, trim_invisible},
};

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

    fn open(&mut self, line: u32, is_object: bool) -> Result<(), ReadError> {
        let (key, role) = match self.frames.last_mut() {
            Some(Frame::Ignored) => {
                self.frames.push(Frame::Ignored);
                return Ok(());
            }
            Some(Frame::Object(object)) => {
                let key = object.key.take().unwrap_or_default();
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
            _ if is_object => {
                let describes_playlist = keys::describes_playlist(&key);
                Frame::Object(Box::new(Object { line, lines_before: self.lines, describes_playlist, ..Object::default() }))
            }
            _ => {
                // In an object that is one of many, the name of a field is none of a playlist.
                let is_one_of_many = self.frames.iter().rev().nth(1).is_some_and(|frame| matches!(frame, Frame::Array(_)));
                let name = (role == Role::Other && !is_one_of_many).then(|| single_line(&key, MAX_TITLE_CHARS)).flatten();
                // An array in an array goes on with its list.
                let list = if let Some(Frame::Array(outer)) = self.frames.last() { outer.list } else { None };
                Frame::Array(Array { name, list, role })
            }
        };
        self.frames.push(frame);
        Ok(())
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
        self.saw_subscriptions |= object.fields.is_subscription;
        self.saw_comments |= object.fields.is_comment;
        let is_search = self.frames.is_empty() && object.fields.is_search && object.fields.log_id.is_some() && !object.fields.is_freetube;
        if object.fields.is_watched || is_search || object.fields.is_history {
            self.saw_history = true;
            return Ok(());
        }
        if object.fields.is_subscription || object.fields.is_comment {
            return Ok(());
        }
        let in_videos = matches!(self.frames.last(), Some(Frame::Array(array)) if matches!(array.role, Role::Videos | Role::Entries));
        match object.fields.candidate() {
            Some(candidate) => self.end_video(object.line, candidate, object.fields),
            None if object.has_videos_array => self.reject_empty(object.line, heading, object.fields.log_id.as_deref()),
            None if in_videos => {
                let shown = object.fields.title().unwrap_or_else(|| "{…}".into());
                self.push(object.line, &shown, link::ParsedVideo::Malformed, VideoDetails::default(), Entry::Rejected(NO_ID.into()), None)
            }
            None => self.end_other(line, object, heading),
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
        let lines = self.lines;
        if let Some(Frame::Object(parent)) =
            self.frames.last_mut().filter(|frame| !matches!(frame, Frame::Object(parent) if lines > parent.lines_before))
        {
            match parent.fields.nested_candidate() {
                None if !parent.is_map => {
                    parent.fields.adopt(fields);
                    return Ok(());
                }
                Some(earlier) if earlier.video() == candidate.video() => {
                    parent.fields.adopt(fields);
                    return Ok(());
                }
                earlier => {
                    parent.is_map = true;
                    let first = std::mem::take(&mut parent.fields.nested);
                    if let (Some(earlier), Some(first)) = (earlier, first) {
                        self.push_video(line, earlier, *first)?;
                    }
                }
            }
        }
        self.push_video(line, candidate, fields)
    }

    fn push_video(&mut self, line: u32, candidate: Candidate, fields: Fields) -> Result<(), ReadError> {
        let details = VideoDetails { title: fields.title(), added: fields.added() };
        let shown = single_line(&candidate.text, 1).map_or_else(|| details.title.clone().unwrap_or_else(|| "{…}".into()), |_| candidate.text.clone());
        let malformed = match trim_invisible(&candidate.text) {
            "" => Entry::Rejected(NO_ID.into()),
            _ if candidate.is_id => Entry::InvalidId,
            _ => Entry::Rejected(link::NOT_A_LINK_OR_ID.into()),
        };
        self.push(line, &shown, candidate.parsed, details, malformed, fields.playlist())
    }

    fn string(&mut self, line: u32, text: String) -> Result<(), ReadError> {
        match self.frames.last_mut() {
            Some(Frame::Object(object)) => match object.key.take() {
                None => object.key = Some(text),
                Some(key) => object.fields.set(&key, text),
            },
            Some(Frame::Array(array)) => {
                let holds_videos = array.role == Role::Videos;
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
                    object.fields.set_scalar(&key, text);
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
