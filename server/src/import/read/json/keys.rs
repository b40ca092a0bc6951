//! What the names in a JSON document say, whatever program wrote them. Compared without case and punctuation.

use crate::text::normalize_name;

/// What stands below a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// An array of nothing but videos.
    Videos,
    /// An array of videos or bookmarks; entries without a URL are reported.
    Entries,
    /// What a program arranges them in, which makes no list of its own.
    Group,
    /// A container whose name is not a playlist's name.
    Container,
    /// Parts of a text.
    Text,
    /// Nothing about the videos of the file.
    Ignored,
    History,
    Subscriptions,
    /// A name that may be that of a playlist.
    Other,
}

const VIDEOS: &[&str] = &["videos", "entries", "videoids"];
const CONTAINERS: &[&str] = &[
    "",
    "children",
    "data",
    "results",
    "response",
    "list",
    "lists",
    "playlist",
    "playlists",
    "localplaylists",
    "content",
    "contents",
    "links",
    "urls",
    "ids",
    "elements",
    "nodes",
    "edges",
    "node",
    "roots",
    "root",
    "folders",
    "folder",
    "collections",
    "collection",
    "snippet",
    "contentdetails",
    "resourceid",
    "id",
    "video",
    "stream",
    "song",
    "track",
    "item",
    "messages",
    "resources",
    "sessions",
    "pages",
    "payload",
    "result",
    "body",
    "export",
    "values",
    "media",
];
/// A name of nothing but such words is one that a programmer gave.
const TECHNICAL_WORDS: &[&str] = &[
    "all",
    "array",
    "collection",
    "data",
    "doc",
    "docs",
    "document",
    "documents",
    "entry",
    "entries",
    "feed",
    "file",
    "hit",
    "hits",
    "id",
    "ids",
    "item",
    "items",
    "link",
    "links",
    "list",
    "lists",
    "object",
    "objects",
    "output",
    "playlist",
    "playlists",
    "post",
    "posts",
    "record",
    "records",
    "result",
    "results",
    "row",
    "rows",
    "saves",
    "set",
    "song",
    "songs",
    "stream",
    "streams",
    "task",
    "tasks",
    "track",
    "tracks",
    "tweet",
    "tweets",
    "url",
    "urls",
    "v1",
    "v2",
    "v3",
    "video",
    "videos",
    "youtube",
    "yt",
];
const ENTRIES: &[&str] = &["items", "bookmarks", "songs", "tracks", "cards"];
const GROUPS: &[&str] = &["windows", "tabs"];
const IGNORED: &[&str] = &[
    "textentities",
    "thumbnails",
    "thumbnail",
    "thumbnailurl",
    "thumbnailurls",
    "thumb",
    "thumbs",
    "image",
    "images",
    "imageurl",
    "icon",
    "icons",
    "iconuri",
    "iconurl",
    "favicon",
    "faviconurl",
    "faviconurls",
    "avatar",
    "avatars",
    "cover",
    "screenshot",
    "preview",
    "previews",
    "author",
    "authors",
    "authorurl",
    "authorid",
    "authorthumbnails",
    "channel",
    "channels",
    "channelurl",
    "channelid",
    "uploader",
    "uploaderurl",
    "uploaderavatar",
    "uploaderid",
    "user",
    "users",
    "owner",
    "ownerurl",
    "creator",
    "creators",
    "artist",
    "artists",
    "album",
    "albums",
    "tags",
    "labels",
    "keywords",
    "categories",
    "category",
    "highlights",
    "annotations",
    "assets",
    "formats",
    "requestedformats",
    "requesteddownloads",
    "requestedsubtitles",
    "subtitles",
    "automaticcaptions",
    "captions",
    "chapters",
    "heatmap",
    "comments",
    "fragments",
    "httpheaders",
    "related",
    "relatedvideos",
    "relatedstreams",
    "recommended",
    "recommendedvideos",
    "suggestions",
    "watchpositions",
    "searchhistory",
    "custominstances",
    "playlistbookmarks",
    "remoteplaylists",
    "settings",
    "preferences",
    "statistics",
    "description",
    "excerpt",
    "playlistuploader",
    "playlistuploaderid",
    "playlistchannel",
    "playlistwebpageurl",
    "searches",
    "metainfo",
    "adaptiveformats",
    "streamingdata",
    "nextpage",
    "reactions",
    "reply",
    "customicon",
    "pinnedlinks",
    "menu",
    "thumbnailoverlays",
    "topbar",
    "sidebar",
    "serviceendpoint",
];
const TEXTS: &[&str] = &["text", "entities", "embeds", "attachments", "captionentities", "textcontent", "canonical", "alternate", "enclosure"];
const HISTORY: &[&str] = &[
    "watchhistory",
    "history",
    "watchedvideos",
    "recentlywatched",
    "playbackhistory",
    "historyvideos",
    "viewhistory",
    "playhistory",
    "browserhistory",
    "typedurl",
];
const SUBSCRIPTIONS: &[&str] = &["subscriptions", "subscribedchannels", "subscription"];

pub(super) fn role(name: &str) -> Role {
    let key = normalize_name(name);
    let is = |names: &[&str]| names.contains(&key.as_str());
    match () {
        () if is(VIDEOS) => Role::Videos,
        () if is(ENTRIES) => Role::Entries,
        () if is(GROUPS) => Role::Group,
        () if key.contains("thumbnail") => Role::Ignored,
        () if is(IGNORED) => Role::Ignored,
        () if is(HISTORY) => Role::History,
        () if is(SUBSCRIPTIONS) => Role::Subscriptions,
        () if is(TEXTS) => Role::Text,
        () if is(CONTAINERS) || is_technical(name) => Role::Container,
        () => Role::Other,
    }
}

/// Whether this is `playlist_videos` or `searchResults`, and not what somebody called a list.
fn is_technical(name: &str) -> bool {
    let (mut words, mut before_is_lower) = (vec![String::new()], false);
    for c in name.chars().take(40) {
        if !c.is_alphanumeric() || (c.is_uppercase() && before_is_lower) {
            words.push(String::new());
        }
        before_is_lower = c.is_lowercase();
        if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            word.extend(c.to_lowercase());
        }
    }
    words.iter().filter(|word| !word.is_empty()).all(|word| TECHNICAL_WORDS.contains(&word.as_str()))
}

/// Whether an object below this name says what the playlist beside it is called.
pub(super) fn describes_playlist(key: &str) -> bool {
    ["playlist", "info", "metadata", "meta", "details", "list", "folder", "collection", "header", "snippet"].contains(&normalize_name(key).as_str())
}
