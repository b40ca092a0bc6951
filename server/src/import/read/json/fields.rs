//! What the fields of an object say: which video it is, or which playlist.

mod meaning;

use super::{
    super::{
        date::{self, Added},
        link::{self, ParsedVideo, VideoLink, playlist_id},
        links,
    },
    MAX_VALUE_BYTES,
    field_role::{FieldRole, field_role},
};
use crate::{
    import::MAX_TITLE_CHARS,
    text::{normalize_name, single_line},
};

/// Of ids that programs give.
const MAX_KEY_CHARS: usize = 100;
/// A cookie has at least so many fields that little else has.
const MIN_COOKIE_FIELDS: u32 = 2;

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
    /// Its id among those of its kind, whatever it looks like.
    pub(super) own_key: Option<String>,
    /// The playlist that it refers to: what the reference is called, and the playlist's id.
    list_key: Option<(&'static str, String)>,
    /// In a description.
    description_link: Option<VideoLink>,
    /// The name under which pieces of its title stand, and those so far.
    title_pieces: Option<(String, String)>,
    /// How many of its fields a cookie has.
    cookie_fields: u32,
    /// Whether a download program wrote it, whose times are those of publication.
    is_media_info: bool,
    /// `_id` of a program's log.
    pub(super) log_id: Option<String>,
    pub(super) is_deleted: bool,
    pub(super) is_log_mark: bool,
    pub(super) is_watched: bool,
    /// Whether it is what was searched for, in Takeout's history.
    pub(super) is_searched: bool,
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
    pub(super) fn set(&mut self, key: &str, mut text: String) {
        self.count += 1;
        let role = field_role(key);
        if !matches!(role, FieldRole::Text | FieldRole::Description) {
            text.truncate(text.floor_char_boundary(MAX_VALUE_BYTES));
        }
        self.note_key(key, &text);
        match key {
            "_id" => {
                self.log_id = single_line(&text, MAX_TITLE_CHARS);
                self.own_id = self.log_id.clone();
                return;
            }
            "titleUrl" if text.contains("search_query=") => self.is_searched = true,
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
        match role {
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
            FieldRole::Description => {
                self.description_link = links::all_links(&text);
                self.description = short().filter(|text| text.len() < 200);
            }
            FieldRole::Time => self.set_time(&text),
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
            FieldRole::Url | FieldRole::ListKey | FieldRole::Ignored | FieldRole::Other => {}
        }
    }

    /// What is told by the name of a field, whatever its value.
    fn note_key(&mut self, key: &str, value: &str) {
        match normalize_name(key).as_str() {
            "id" | "uid" | "pk" | "key" | "uuid" | "guid" => self.own_key = single_line(value, MAX_KEY_CHARS).or(self.own_key.take()),
            "domain" | "expirationdate" | "samesite" | "httponly" | "hostonly" | "storeid" => self.cookie_fields += 1,
            "extractor" | "extractorkey" | "iekey" | "uploaddate" => self.is_media_info = true,
            name => {
                let kind = ["playlist", "list", "folder", "collection", "group"];
                let kind = kind.into_iter().find(|kind| name.strip_suffix("id") == Some(kind) || name.strip_prefix("id") == Some(kind));
                let id = || single_line(value, MAX_KEY_CHARS).filter(|value| value != "null");
                self.list_key = kind.and_then(|kind| Some((kind, id()?))).or(self.list_key.take());
            }
        }
    }

    /// A time that may be another one, such as a place in the video, is taken only where it can be that of adding.
    fn set_time(&mut self, text: &str) {
        self.time = match date::parse_added(text) {
            time @ Added::At(_) => time,
            _ => self.time,
        };
    }

    /// A piece of its title, which goes on with others of the same name.
    pub(super) fn add_title_piece(&mut self, key: &str, text: &str) {
        let (title_key, title) = self.title_pieces.get_or_insert_with(|| (key.to_owned(), String::new()));
        if title_key == key && title.len() < MAX_TITLE_CHARS * 4 {
            title.push_str(text);
            self.title = single_line(title, MAX_TITLE_CHARS);
        }
    }

    /// A number, `true`, `false` or `null`.
    pub(super) fn set_scalar(&mut self, key: &str, text: &str) {
        self.count += 1;
        self.note_key(key, text);
        match key {
            "$$deleted" => self.is_deleted = text == "true",
            "$$indexCreated" => self.is_log_mark = true,
            "timeWatched" | "watchProgress" => self.is_watched = true,
            "lastUpdatedAt" => self.is_search = true,
            _ => match field_role(key) {
                FieldRole::Added => self.added = self.added.or(date::parse_added(text)),
                FieldRole::Time => self.set_time(text),
                _ => {}
            },
        }
    }
}

fn is_video(text: &str) -> bool {
    matches!(link::parse(text), ParsedVideo::Link(_) | ParsedVideo::Id(_))
}
