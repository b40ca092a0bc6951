//! What the name of a field says, whatever program wrote it.

use super::keys::{Role, role};
use crate::text::normalize_name;

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
    /// Refers to a playlist that is described elsewhere in the file.
    ListKey,
    Ignored,
    Other,
}

pub(super) fn field_role(key: &str) -> FieldRole {
    match normalize_name(key).as_str() {
        "videoid" | "youtubeid" | "youtubevideoid" | "ytid" | "ytvideoid" | "mediaid" => FieldRole::VideoId,
        "id" | "vid" | "code" | "key" | "identifier" | "externalid" | "resourceid" | "watchid" | "contentid" | "v" => FieldRole::AnyId,
        "url" | "link" | "uri" | "href" | "webpageurl" | "originalurl" | "videourl" | "youtubeurl" | "watchurl" | "shorturl" | "permalink"
        | "sharelink" | "givenurl" | "resolvedurl" | "address" | "pageurl" | "webpage" | "website" | "contenturl" => FieldRole::Url,
        "text" | "fulltext" | "textcontent" | "body" | "message" | "content" | "note" | "notes" => FieldRole::Text,
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
        "time" | "date" | "when" | "timestamp" | "actiontimestamp" | "crawltimemsec" => FieldRole::Time,
        "publishedat" => FieldRole::Published,
        "playlistid" => FieldRole::PlaylistId,
        "playlist" | "playlisttitle" | "listname" | "folder" | "collection" | "foldername" | "collectionname" => FieldRole::PlaylistName,
        "playlistname" => FieldRole::OwnPlaylistName,
        "listid" | "idlist" | "folderid" | "collectionid" | "groupid" => FieldRole::ListKey,
        "guid" | "uuid" | "browseid" => FieldRole::OwnId,
        other if role(other) == Role::Ignored => FieldRole::Ignored,
        _ => FieldRole::Other,
    }
}
