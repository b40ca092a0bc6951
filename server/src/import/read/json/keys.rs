//! What the names in a JSON document say, whatever program wrote them. Compared without case and punctuation.

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
    "records",
    "rows",
    "values",
    "media",
];
const ENTRIES: &[&str] = &["items", "bookmarks", "songs", "tracks", "cards"];
const GROUPS: &[&str] = &["windows", "tabs"];
const IGNORED: &[&str] = &[
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
];
const TEXTS: &[&str] = &["text", "textentities", "entities", "embeds", "attachments", "captionentities", "textcontent"];
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

pub(super) fn role(key: &str) -> Role {
    let key = plain(key);
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
        () if is(CONTAINERS) => Role::Container,
        () => Role::Other,
    }
}

/// Whether an object below this name says what the playlist beside it is called.
pub(super) fn describes_playlist(key: &str) -> bool {
    ["playlist", "info", "metadata", "meta", "details", "list", "folder", "collection", "header", "snippet"].contains(&plain(key).as_str())
}

/// What the text or number below a name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FieldRole {
    /// The id of a video, whatever it looks like.
    VideoId,
    /// The id of anything.
    AnyId,
    Url,
    /// Words among which links may be.
    Text,
    Title,
    /// That the person gave it.
    OwnTitle,
    /// A title in some bookmark managers.
    Description,
    /// Of a video, or of whatever else.
    Name,
    Added,
    /// When it was added, if nothing else says it.
    Time,
    /// When it was added, in an item of a playlist; else when it came out.
    Published,
    PlaylistId,
    /// Names the playlist of a video.
    PlaylistName,
    /// Names the object itself as a playlist.
    OwnPlaylistName,
    /// A lasting id of the object itself.
    OwnId,
    Ignored,
    Other,
}

pub(super) fn field_role(key: &str) -> FieldRole {
    match plain(key).as_str() {
        "videoid" | "youtubeid" | "youtubevideoid" | "ytid" | "ytvideoid" | "mediaid" => FieldRole::VideoId,
        "id" | "vid" | "code" | "key" | "identifier" | "externalid" | "resourceid" | "watchid" | "v" => FieldRole::AnyId,
        "url" | "link" | "uri" | "href" | "webpageurl" | "originalurl" | "videourl" | "youtubeurl" | "watchurl" | "shorturl" | "permalink"
        | "sharelink" | "givenurl" | "resolvedurl" | "address" | "pageurl" | "webpage" | "website" | "contenturl" => FieldRole::Url,
        "text" | "textcontent" | "body" | "message" | "content" | "note" | "notes" => FieldRole::Text,
        "title" | "fulltitle" | "videotitle" | "giventitle" | "resolvedtitle" | "videoname" => FieldRole::Title,
        "customtitle" => FieldRole::OwnTitle,
        "name" | "label" => FieldRole::Name,
        "description" | "desc" => FieldRole::Description,
        "timeadded"
        | "addedat"
        | "dateadded"
        | "added"
        | "createdat"
        | "created"
        | "savedat"
        | "addeddate"
        | "addedtime"
        | "addedon"
        | "bookmarkedat"
        | "playlistitemaddedat"
        | "datesaved"
        | "creationdate"
        | "timecreated"
        | "insertedat" => FieldRole::Added,
        "time" | "date" | "when" | "timestamp" => FieldRole::Time,
        "publishedat" => FieldRole::Published,
        "playlistid" => FieldRole::PlaylistId,
        "playlist" | "playlisttitle" | "listname" | "folder" | "collection" | "foldername" | "collectionname" => FieldRole::PlaylistName,
        "playlistname" => FieldRole::OwnPlaylistName,
        "guid" | "uuid" | "browseid" => FieldRole::OwnId,
        other if role(other) == Role::Ignored => FieldRole::Ignored,
        _ => FieldRole::Other,
    }
}

/// Letters and digits alone, in lower case. `_id` and `$$deleted` are told before.
fn plain(key: &str) -> String {
    key.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).take(40).collect()
}
