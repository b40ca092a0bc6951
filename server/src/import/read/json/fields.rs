//! What the fields of an object say: which video it is, or which playlist.

use super::{
    super::{
        Heading,
        date::{self, Added},
        link::{self, ParsedVideo, VideoLink, playlist_id},
        links,
    },
    keys::{FieldRole, field_role},
};
use crate::{
    import::MAX_TITLE_CHARS,
    text::{single_line, trim_invisible},
};

#[derive(Default)]
pub(super) struct Fields {
    video_id: Option<String>,
    any_id: Option<String>,
    url: Option<String>,
    /// To videos, in a text.
    text_link: Option<VideoLink>,
    /// To a video, the whole of a field whose name says nothing.
    other_link: Option<VideoLink>,
    /// Whether the text is that of a note.
    is_note: bool,
    /// How many fields it has.
    count: u32,
    title: Option<String>,
    own_title: Option<String>,
    description: Option<String>,
    name: Option<String>,
    added: Added,
    time: Added,
    published: Added,
    playlist_id: Option<String>,
    playlist_name: Option<String>,
    own_name: Option<String>,
    own_id: Option<String>,
    /// `_id` of a program's log.
    pub(super) log_id: Option<String>,
    pub(super) is_deleted: bool,
    pub(super) is_log_mark: bool,
    pub(super) is_watched: bool,
    /// Whether it is a playlist of what was watched.
    pub(super) is_history: bool,
    /// Whether YouTube's API wrote it, which escapes the titles of a search as HTML.
    is_api: bool,
    pub(super) is_subscription: bool,
    pub(super) is_comment: bool,
    /// Whether it is what was searched for, in FreeTube's log.
    pub(super) is_search: bool,
    pub(super) is_freetube: bool,
    pub(super) is_piped: bool,
    /// Of an object inside it.
    pub(super) nested: Option<Box<Fields>>,
}

/// The text that names the video.
pub(super) struct Candidate {
    pub(super) text: String,
    pub(super) parsed: ParsedVideo,
    pub(super) is_id: bool,
}

impl Candidate {
    pub(super) fn video(&self) -> Option<&str> {
        match &self.parsed {
            ParsedVideo::Id(id) => Some(id),
            ParsedVideo::Link(link) => link.ids.first().map(String::as_str),
            _ => None,
        }
    }
}

impl Fields {
    pub(super) fn set(&mut self, key: &str, text: String) {
        self.count += 1;
        match key {
            "_id" => {
                self.log_id = single_line(&text, MAX_TITLE_CHARS);
                self.own_id = self.log_id.clone();
                return;
            }
            "titleUrl" | "timeWatched" | "watchedAt" | "watched_at" => self.is_watched = true,
            "format" if text == "Piped" => self.is_piped = true,
            "type" => self.is_history |= text == "history",
            "kind" => {
                self.is_subscription = text.contains("ubscription");
                self.is_comment = text.contains("omment");
                self.is_api = text.starts_with("youtube#");
                return;
            }
            _ => {}
        }
        let short = || single_line(&text, MAX_TITLE_CHARS);
        match field_role(key) {
            FieldRole::VideoId => self.video_id = Some(text),
            FieldRole::AnyId => {
                self.own_id = self.own_id.take().or_else(|| playlist_id(&text));
                self.any_id = self.any_id.take().or(Some(text));
            }
            // The first that leads to a video counts, or else the first.
            FieldRole::Url if self.url.as_deref().is_none_or(|url| !is_video(url)) && (self.url.is_none() || is_video(&text)) => {
                self.url = Some(text)
            }
            FieldRole::Text => {
                self.is_note |= key == "textContent";
                self.text_link = self.text_link.take().or_else(|| links::all_links(&text));
                // Slack's way of a link with words.
                let words = text.strip_prefix('<').and_then(|text| text.strip_suffix('>')).and_then(|text| text.split_once('|'));
                self.name = self.name.take().or_else(|| words.and_then(|(_, words)| single_line(words, MAX_TITLE_CHARS)));
            }
            FieldRole::OwnTitle => self.own_title = short(),
            FieldRole::Description => self.description = short().filter(|text| text.len() < 200),
            FieldRole::Time => self.time = date::parse_added(&text),
            FieldRole::Title => self.title = self.title.take().or_else(short),
            FieldRole::Name => self.name = self.name.take().or_else(short),
            FieldRole::Added => self.added = self.added.or(date::parse_added(&text)),
            FieldRole::Published => self.published = date::parse_added(&text),
            FieldRole::PlaylistId => self.playlist_id = playlist_id(&text),
            FieldRole::PlaylistName => self.playlist_name = self.playlist_name.take().or_else(short),
            FieldRole::OwnPlaylistName => {
                self.is_freetube |= key == "playlistName";
                self.own_name = short();
            }
            FieldRole::OwnId => self.own_id = short().or(self.own_id.take()),
            FieldRole::Other if text.contains("://") => {
                // A picture of a video is not a link to it.
                if let (None, ParsedVideo::Link(link)) = (&self.other_link, link::parse(&text)) {
                    let is_picture = text.contains("ytimg.") || text.contains("/vi/") || text.contains("/vi_webp/");
                    *if is_picture { &mut self.text_link } else { &mut self.other_link } = Some(link);
                }
            }
            FieldRole::Url | FieldRole::Ignored | FieldRole::Other => {}
        }
    }

    /// A number, `true`, `false` or `null`.
    pub(super) fn set_scalar(&mut self, key: &str, text: &str) {
        self.count += 1;
        match key {
            "$$deleted" => self.is_deleted = text == "true",
            "$$indexCreated" => self.is_log_mark = true,
            "timeWatched" | "watchProgress" => self.is_watched = true,
            "lastUpdatedAt" => self.is_search = true,
            _ if field_role(key) == FieldRole::Added => self.added = self.added.or(date::parse_added(text)),
            _ => {}
        }
    }

    /// Takes over what an object inside it says.
    pub(super) fn adopt(&mut self, fields: Self) {
        match &mut self.nested {
            Some(nested) => nested.complete(fields),
            None => self.nested = Some(Box::new(fields)),
        }
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
    }

    /// Without nesting.
    fn flat(mut self) -> Self {
        if let Some(nested) = self.nested.take() {
            self.complete(*nested);
        }
        self
    }

    pub(super) fn nested_candidate(&self) -> Option<Candidate> {
        self.nested.as_ref().and_then(|nested| nested.candidate())
    }

    /// The video that it is, by its own fields or else by those of an object inside it.
    pub(super) fn candidate(&self) -> Option<Candidate> {
        self.own_candidate(false).or_else(|| self.nested_candidate()).or_else(|| self.own_candidate(true))
    }

    /// `other`: also one that is a link to something else.
    fn own_candidate(&self, other: bool) -> Option<Candidate> {
        let candidate = |text: &String, is_id| Candidate { text: text.clone(), parsed: link::parse(text), is_id };
        let is_blank = |id: &&String| trim_invisible(id).is_empty();
        if let Some(id) = self.video_id.as_ref().filter(|id| other || !is_blank(id)) {
            return Some(candidate(id, true));
        }
        let url = self.url.as_ref().map(|url| candidate(url, false));
        match url {
            Some(url) if url.video().is_some() => return Some(url),
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
        let by_text = link.map(|link| Candidate { text: link.ids.join(", "), parsed: ParsedVideo::Link(link), is_id: false });
        by_text.or_else(|| self.url.as_ref().filter(|url| other && !is_blank(url)).map(|url| candidate(url, false)))
    }

    fn has_title(&self) -> bool {
        let nested = self.nested.as_ref().is_some_and(|nested| nested.has_title());
        self.title.is_some() || self.name.is_some() || nested
    }

    pub(super) fn title(&self) -> Option<String> {
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
    pub(super) fn is_note(&self) -> bool {
        self.is_note && self.video_id.is_none() && self.url.is_none()
    }

    /// When the video was added. The time of publication is that only in an item of a playlist.
    pub(super) fn added(&self) -> Added {
        let nested = self.nested.as_ref().map_or(Added::Unknown, |nested| nested.added());
        let published = if self.playlist_id.is_some() { self.published } else { Added::Unknown };
        self.added.or(published).or(nested).or(self.time)
    }

    /// The playlist that a video names.
    pub(super) fn playlist(&self) -> Option<Heading> {
        let nested = || self.nested.as_ref().and_then(|nested| nested.playlist());
        let name = self.own_name.clone().or_else(|| self.playlist_name.clone());
        if self.playlist_id.is_none() && name.is_none() {
            return nested();
        }
        Some(Heading { id: self.playlist_id.clone(), name })
    }

    /// What it says of itself as a playlist.
    pub(super) fn heading(&self) -> Heading {
        let name = self.own_name.clone().or_else(|| self.name.clone()).or_else(|| self.title.clone()).or_else(|| self.playlist_name.clone());
        Heading { id: self.playlist_id.clone().or_else(|| self.own_id.clone()), name }
    }
}

fn is_video(text: &str) -> bool {
    matches!(link::parse(text), ParsedVideo::Link(_) | ParsedVideo::Id(_))
}
