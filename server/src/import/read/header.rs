//! Finds columns by the names in the header, ignoring case and punctuation, and knows tables by their headers.

use super::{link::playlist_id, records::Record};
use crate::text::normalize_name;

const ID_COLUMNS: &[&str] = &["videoid", "youtubeid", "youtubevideoid", "ytid", "idvideo", "iddelvideo", "idduvideo", "iddovideo"];
const URL_COLUMNS: &[&str] = &[
    "url",
    "urls",
    "videourl",
    "youtubeurl",
    "watchurl",
    "webpageurl",
    "link",
    "links",
    "videolink",
    "youtubelink",
    "href",
    "address",
    "video",
    "uri",
    "webpage",
    "permalink",
    "originalurl",
    "resolvedurl",
    "website",
];
const TITLE_COLUMNS: &[&str] = &[
    "title",
    "videotitle",
    "name",
    "videoname",
    "trackname",
    "tracktitle",
    "titel",
    "titre",
    "título",
    "titulo",
    "titolo",
    "tytuł",
    "başlık",
    "название",
    "タイトル",
    "标题",
    "제목",
];
const TIME_COLUMNS: &[&str] = &[
    "playlistvideocreationtimestamp",
    "timeadded",
    "addedat",
    "added",
    "dateadded",
    "addeddate",
    "created",
    "createdat",
    "timestamp",
    "saved",
    "savedat",
    "datesaved",
    "saveddate",
    "addedon",
    "addedtime",
    "datecreated",
    "bookmarkedat",
    "addedtoplaylist",
    "date",
    "datum",
    "fecha",
    "data",
    "дата",
    "日付",
    "날짜",
];
/// In the names of columns of times: words for adding and saving, and those for publishing, which is another time.
const ADDED_WORDS: &[&str] =
    &["added", "saved", "created", "hinzu", "ajout", "añadi", "agreg", "aggiun", "adicion", "добав", "追加", "添加", "추가", "eklen", "dodan"];
const PUBLISHED_WORDS: &[&str] = &["publi", "upload", "release", "veröff", "pubbl", "опубл", "公開", "发布", "게시"];

/// Whether a column's name says that it has the times at which videos were added.
pub(crate) fn is_added_name(name: &str) -> bool {
    let name = normalize_name(name);
    ADDED_WORDS.iter().any(|word| name.contains(word)) && !PUBLISHED_WORDS.iter().any(|word| name.contains(word))
}

const PLAYLIST_COLUMNS: &[&str] = &[
    "playlistname",
    "playlisttitle",
    "playlist",
    "listname",
    "list",
    "folder",
    "folders",
    "collection",
    "collectionname",
    "group",
    "wiedergabeliste",
    "spielliste",
    "ordner",
    "liste",
    "listadereproducción",
    "lista",
    "carpeta",
    "dossier",
    "плейлист",
    "папка",
    "再生リスト",
    "フォルダ",
    "播放列表",
    "文件夹",
    "재생목록",
];
const PLAYLIST_ID_COLUMNS: &[&str] = &["playlistid", "playlistbrowseid", "listid", "youtubeplaylistid"];

/// Indexes of the columns that matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Columns {
    /// Ids; a malformed value becomes an item that fails.
    pub(crate) id: Option<usize>,
    pub(crate) url: Option<usize>,
    pub(crate) title: Option<usize>,
    /// Times at which videos were added.
    pub(crate) added: Option<usize>,
    /// Names of the playlists that the videos are in.
    pub(crate) playlist: Option<usize>,
    /// Their ids at YouTube.
    pub(crate) playlist_id: Option<usize>,
}

impl Columns {
    /// Takes the first column of each kind.
    pub(crate) fn from_header(header: &Record) -> Self {
        let names: Vec<String> = header.fields.iter().map(|name| normalize_name(name)).collect();
        let find = |known: &[&str]| names.iter().position(|name| known.contains(&name.as_str()));
        Self {
            id: find(ID_COLUMNS),
            url: find(URL_COLUMNS),
            title: find(TITLE_COLUMNS),
            added: find(TIME_COLUMNS),
            playlist: find(PLAYLIST_COLUMNS),
            playlist_id: find(PLAYLIST_ID_COLUMNS),
        }
    }

    /// Of several columns of one name, each time the one in which most rows have a value.
    pub(crate) fn fullest(self, header: &Record, rows: &[Record]) -> Self {
        let values = |column: &usize| rows.iter().filter(|row| !row.field(*column).is_empty()).count();
        let fullest = |column: usize| {
            let is_alike = |other: &usize| normalize_name(header.field(*other)) == normalize_name(header.field(column));
            (0..header.fields.len()).rev().filter(is_alike).max_by_key(values).unwrap_or(column)
        };
        let [id, url, title, added, playlist, playlist_id] =
            [self.id, self.url, self.title, self.added, self.playlist, self.playlist_id].map(|column| column.map(fullest));
        Self { id, url, title, added, playlist, playlist_id }
    }

    /// These, with the column of videos of the others.
    pub(crate) fn with(self, videos: Self) -> Self {
        Self { id: videos.id, url: videos.url, ..self }
    }

    pub(crate) fn has_videos(&self) -> bool {
        self.id.is_some() || self.url.is_some()
    }
}

/// A column named only `id`: its values must show that these are video ids.
pub(crate) fn generic_id_column(header: &Record) -> Option<usize> {
    header.fields.iter().position(|name| normalize_name(name) == "id")
}

/// Whether a value is a column name: the header comes again where files were joined.
pub(crate) fn is_known_name(value: &str) -> bool {
    let name = normalize_name(value);
    ID_COLUMNS.contains(&name.as_str()) || name == "url"
}

/// Takeout since 2023.
pub(crate) fn is_takeout(header: &Record) -> bool {
    has_column(header, "playlistvideocreationtimestamp")
}

/// Takeout before 2023.
pub(crate) fn is_takeout_old(header: &Record) -> bool {
    has_column(header, "timeadded")
        && has_column(header, "videoid")
        && header.fields.iter().all(|name| ["", "timeadded", "videoid"].contains(&normalize_name(name).as_str()))
}

/// The metadata block at the top of old Takeout files: its columns of id and title.
pub(crate) fn metadata_columns(header: &Record) -> Option<(usize, usize)> {
    let find = |wanted| header.fields.iter().position(|name| normalize_name(name) == wanted);
    has_column(header, "channelid").then(|| find("playlistid").zip(find("title"))).flatten()
}

/// `subscriptions.csv` in any language: ids and addresses of channels.
pub(crate) fn is_subscriptions(header: &Record, first: Option<&Record>) -> bool {
    let named = has_column(header, "channelid") && has_column(header, "channelurl");
    let is_row = |row: &Record| {
        let id = row.field(0);
        id.len() == 24 && id.starts_with("UC") && row.field(1).contains("youtube.com/channel/")
    };
    named || is_row(header) || first.is_some_and(is_row)
}

/// The songs of the music library: `Video ID,Song Title,Album Title,Artist Name 1,…`, before that `Song URL,Song Title,…`.
pub(crate) fn is_music(header: &Record) -> bool {
    has_column(header, "songurl")
        || (header.fields.iter().any(|name| normalize_name(name).starts_with("songtit"))
            && header.fields.iter().any(|name| normalize_name(name).contains("album")))
}

/// A list of songs by their names, as programs for music write it.
pub(crate) fn is_song_list(header: &Record) -> bool {
    let is = |names: &[&str]| header.fields.iter().any(|name| names.contains(&normalize_name(name).as_str()));
    is(&["artist", "artists", "artistname", "artistnames", "interpret", "artiste", "artista"])
        && is(&["track", "trackname", "tracktitle", "song", "songname", "songtitle", "title", "name", "titel", "titre"])
}

/// Comments and chat messages, in any language: each row has its text in JSON, `{"text":…}`, or the id of a comment, `Ug…`.
pub(crate) fn is_comments(records: &[Record]) -> bool {
    let Some((header, rows)) = records.split_first() else { return false };
    let named = ["commentid", "commenttext", "livechatid", "livechattext"].iter().any(|name| has_column(header, name));
    let is_text = |field: &String| field.starts_with("{\"text\":") || field.starts_with("[{\"text\":");
    let is_comment_id = |field: &String| field.len() >= 20 && field.starts_with("Ug") && !field.contains(' ');
    let is_row = |row: &Record| row.fields.iter().any(is_text) || row.fields.iter().take(4).any(is_comment_id);
    named || (!rows.is_empty() && 2 * rows.iter().filter(|row| is_row(row)).count() > rows.len())
}

/// Tables of one's own uploads, which Takeout keeps in `video metadata`.
pub(crate) fn is_uploads(header: &Record) -> bool {
    has_column(header, "videoid")
        && ["approxdurationms", "videostate", "videorecordingaddress", "videotitleoriginal", "videopublishtimestamp"]
            .iter()
            .any(|name| has_column(header, name))
}

/// Whether most rows have the id of a channel, as only tables about one's own channel do beside the files of playlists.
pub(crate) fn has_channel_ids(records: &[Record]) -> bool {
    let is_channel = |field: &String| field.len() == 24 && field.starts_with("UC");
    2 * records.iter().skip(1).filter(|row| row.fields.iter().any(is_channel)).count() + 1 > records.len() && records.len() > 1
}

/// `playlists.csv`, the table of contents: its columns of id and title.
pub(crate) fn contents_columns(header: &Record) -> Option<(usize, usize)> {
    let id = header.fields.iter().position(|name| normalize_name(name) == "playlistid")?;
    Some((id, header.fields.iter().position(|name| normalize_name(name).starts_with("playlisttitle"))?))
}

/// Whether these are the first records of `playlists.csv`: by its header, or in another language by a first column of playlists' ids.
pub(crate) fn is_contents(records: &[Record]) -> bool {
    let Some((first, rows)) = records.split_first() else { return false };
    let is_row = |row: &Record| row.fields.len() >= 2 && row.field(0).len() > 12 && playlist_id(row.field(0)).is_some();
    // The block of an old playlist file has one such row, and then the videos.
    contents_columns(first).is_some() || (metadata_columns(first).is_none() && first.fields.len() >= 2 && !rows.is_empty() && rows.iter().all(is_row))
}

fn has_column(header: &Record, name: &str) -> bool {
    header.fields.iter().any(|field| normalize_name(field) == name)
}
