//! What the fields of an object say together, with those of objects inside it.

use super::{Candidate, Fields, MIN_COOKIE_FIELDS};
use crate::{
    import::read::{
        Heading,
        date::Added,
        link::{self, ParsedVideo, VideoLink},
    },
    text::trim_invisible,
};

/// Of an address of a page in a tab.
const MAX_ADDRESS_BYTES: usize = 2048;

impl Fields {
    /// What matters of a page that a tab has shown, of which there may be many.
    pub(in crate::import::read::json) fn into_page(self) -> Self {
        let url = self.url.filter(|url| url.len() <= MAX_ADDRESS_BYTES);
        Self { url, title: self.title, ..Self::default() }
    }

    /// Takes over what an object inside it says.
    pub(in crate::import::read::json) fn adopt(&mut self, fields: Self) {
        match &mut self.nested {
            Some(nested) => nested.complete(fields),
            None => self.nested = Some(Box::new(fields)),
        }
    }

    /// Takes over what is attached to it, whose title says more of the video than its own.
    pub(in crate::import::read::json) fn adopt_attachment(&mut self, fields: Self) {
        self.own_title = self.own_title.take().or_else(|| fields.title());
        self.adopt(fields);
    }

    fn complete(&mut self, other: Self) {
        let theirs = other.flat();
        self.video_id = self.video_id.take().or(theirs.video_id);
        self.any_id = self.any_id.take().or(theirs.any_id);
        self.url = self.url.take().or(theirs.url);
        self.text_link = self.text_link.take().or(theirs.text_link);
        self.other_link = self.other_link.take().or(theirs.other_link);
        self.title = self.title.take().or(theirs.title);
        self.own_title = self.own_title.take().or(theirs.own_title);
        self.description = self.description.take().or(theirs.description);
        self.time = self.time.or(theirs.time);
        self.name = self.name.take().or(theirs.name);
        self.added = self.added.or(theirs.added);
        self.published = self.published.or(theirs.published);
        self.playlist_id = self.playlist_id.take().or(theirs.playlist_id);
        self.playlist_name = self.playlist_name.take().or(theirs.playlist_name);
        self.list_key = self.list_key.take().or(theirs.list_key);
    }

    /// Without nesting.
    fn flat(mut self) -> Self {
        if let Some(nested) = self.nested.take() {
            self.complete(*nested);
        }
        self
    }

    pub(in crate::import::read::json) fn nested_candidate(&self) -> Option<Candidate> {
        self.nested.as_ref().and_then(|nested| nested.candidate())
    }

    /// The video that it is, by its own fields or else by those of an object inside it.
    pub(in crate::import::read::json) fn candidate(&self) -> Option<Candidate> {
        self.own_candidate(false).or_else(|| self.nested_candidate()).or_else(|| self.own_candidate(true))
    }

    /// `other`: also one that is a link to something else.
    fn own_candidate(&self, other: bool) -> Option<Candidate> {
        let candidate = |text: &String, is_id| Candidate { text: text.clone(), parsed: link::parse(text), is_id };
        let is_blank = |id: &&String| trim_invisible(id).is_empty();
        if let Some(id) = self.video_id.as_ref().filter(|id| other || !is_blank(id)) {
            return Some(candidate(id, true));
        }
        let by_link = |link: VideoLink| Candidate { text: link.ids.join(", "), parsed: ParsedVideo::Link(link), is_id: false };
        let url = self.url.as_ref().map(|url| candidate(url, false));
        match url {
            Some(url) if url.video().is_some() => return Some(url),
            // A card on a board: its address is its own, and what it is about stands in its description.
            Some(_) if self.list_key.is_some() && self.description_link.is_some() => return self.description_link.clone().map(by_link),
            // A page is not the video that is shown on it.
            Some(url) if matches!(url.parsed, ParsedVideo::OtherLink(_)) && self.other_link.is_none() => return other.then_some(url),
            _ => {}
        }
        // An id of eleven letters may be that of anything; with a title beside it, or alone, it is taken for a video's.
        let is_alone = self.count <= 2 && self.nested.is_none();
        if let Some(id) = self
            .any_id
            .as_ref()
            .filter(|id| self.other_link.is_none() && link::is_id(id) && (self.has_title() || (is_alone && !link::is_plain_word(id))))
        {
            return Some(candidate(id, true));
        }
        let link = self.other_link.clone().or_else(|| self.text_link.clone());
        link.map(by_link).or_else(|| self.url.as_ref().filter(|url| other && !is_blank(url)).map(|url| candidate(url, false)))
    }

    fn has_title(&self) -> bool {
        let nested = self.nested.as_ref().is_some_and(|nested| nested.has_title());
        self.title.is_some() || self.name.is_some() || nested
    }

    pub(in crate::import::read::json) fn title(&self) -> Option<String> {
        let nested = || self.nested.as_ref().and_then(|nested| nested.title());
        let title = self
            .own_title
            .clone()
            .or_else(|| self.title.clone())
            .or_else(|| self.name.clone())
            .or_else(nested)
            .or_else(|| self.description.clone())?;
        Some(if self.is_api { html_escape::decode_html_entities(&title).into_owned() } else { title })
    }

    /// Whether the video is only a link in its text.
    pub(in crate::import::read::json) fn is_note(&self) -> bool {
        self.is_note && self.video_id.is_none() && self.url.is_none()
    }

    /// The date of the object itself.
    pub(in crate::import::read::json) fn own_added(&self) -> Added {
        self.added.or(self.time)
    }

    pub(in crate::import::read::json) fn complete_added(&mut self, added: Added) {
        self.added = self.added.or(added);
    }

    /// When the video was added. The time of publication is that only in an item of a playlist.
    pub(in crate::import::read::json) fn added(&self) -> Added {
        let nested = self.nested.as_ref().map_or(Added::Unknown, |nested| nested.added());
        let published = if self.playlist_id.is_some() { self.published } else { Added::Unknown };
        let time = if self.is_media_info { Added::Unknown } else { self.time };
        self.added.or(published).or(nested).or(time)
    }

    /// The playlist elsewhere in the file that it refers to.
    pub(in crate::import::read::json) fn list_key(&self) -> Option<(&'static str, String)> {
        self.list_key.clone().or_else(|| self.nested.as_ref()?.list_key())
    }

    pub(in crate::import::read::json) fn is_cookie(&self) -> bool {
        self.cookie_fields >= MIN_COOKIE_FIELDS
    }

    /// The playlist that a video names.
    pub(in crate::import::read::json) fn playlist(&self) -> Option<Heading> {
        let nested = || self.nested.as_ref().and_then(|nested| nested.playlist());
        let name = self.own_name.clone().or_else(|| self.playlist_name.clone());
        if self.playlist_id.is_none() && name.is_none() {
            return nested();
        }
        Some(Heading { id: self.playlist_id.clone(), name })
    }

    /// What it says of itself as a playlist.
    pub(in crate::import::read::json) fn heading(&self) -> Heading {
        let name = self.own_name.clone().or_else(|| self.name.clone()).or_else(|| self.title.clone()).or_else(|| self.playlist_name.clone());
        Heading { id: self.playlist_id.clone().or_else(|| self.own_id.clone()), name }
    }
}
