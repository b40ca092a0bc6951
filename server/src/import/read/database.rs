//! Playlists in a database of SQLite: NewPipe's and those of programs that keep them alike. Read-only, as data: nothing that the database
//! says about itself is run, and a statement that takes too long is stopped.

use std::io::{self, BufRead};

use app::wire::ImportFormat;
use futures::{TryStreamExt as _, stream::TryReadyChunksError};
use sqlx::{ConnectOptions as _, Executor as _, FromRow, SqlStr, SqliteConnection, sqlite::SqliteConnectOptions};
use tempfile::NamedTempFile;
use tokio::runtime::Runtime;

use super::{
    HISTORY_SKIPPED, Heading, Position, ReadError, Sink, VideoDetails, date,
    link::{self, ParsedVideo, playlist_id},
    push_parsed,
    text::decode_truncated,
};
use crate::{
    import::{Entry, MAX_TITLE_CHARS, refusal},
    text::single_line,
};

/// Instructions of SQLite's machine between two checks.
const OPS_PER_CHECK: i32 = 1_000_000;
/// Maximum number of checks per statement; 200 000 rows need about ten.
const MAX_CHECKS: u32 = 400;

/// Rows that SQLite's thread reads ahead, and that are taken from it at once: to wake the other thread for each costs more than to read it.
const ROWS_PER_CHUNK: usize = 100;

const NO_VIDEO: &str = "This is not the id of a YouTube video; it may be a file on the phone.";

/// In a database's header: 2 where it keeps a write-ahead log.
const WAL_VERSIONS: std::ops::Range<usize> = 18..20;

/// How a program keeps playlists.
struct Schema {
    /// Tables that must be there, and be tables.
    tables: &'static [&'static str],
    /// Watched videos, which are not imported and are reported.
    history: Option<History>,
    /// Answers each video in order: what tells its playlist from others, the playlist's name and id, the video's id or address, its title,
    /// and when it was added. Values of more than 4 KiB are left out.
    rows: &'static str,
}

/// A table of what was watched.
struct History {
    table: &'static str,
    /// Counts whether there is anything in it.
    rows: &'static str,
}

const SCHEMAS: [Schema; 7] = [
    // NewPipe, Tubular, PipePipe, BraveNewPipe. TeamNewPipe/NewPipe: app/schemas.
    Schema {
        tables: &["playlists", "playlist_stream_join", "streams"],
        history: Some(History { table: "stream_history", rows: "SELECT count(*) FROM (SELECT 1 FROM stream_history LIMIT 1)" }),
        rows: "SELECT CAST(p.uid AS BLOB) AS key, CASE WHEN octet_length(p.name) <= 4096 THEN CAST(p.name AS BLOB) END AS name, NULL AS playlist_id,
                      CASE WHEN octet_length(s.url) <= 4096 THEN CAST(s.url AS BLOB) END AS video,
                      CASE WHEN octet_length(s.title) <= 4096 THEN CAST(s.title AS BLOB) END AS title, NULL AS added
               FROM playlists p JOIN playlist_stream_join j ON j.playlist_id = p.uid JOIN streams s ON s.uid = j.stream_id
               ORDER BY p.uid, j.join_index",
    },
    // RiMusic. fast4x/RiMusic: composeApp/schemas.
    Schema {
        tables: &["Playlist", "SongPlaylistMap", "Song"],
        history: None,
        rows: "SELECT CAST(p.id AS BLOB) AS key, CASE WHEN octet_length(p.name) <= 4096 THEN CAST(p.name AS BLOB) END AS name,
                      CASE WHEN octet_length(p.browseId) <= 200 THEN CAST(p.browseId AS BLOB) END AS playlist_id,
                      CASE WHEN octet_length(s.id) <= 4096 THEN CAST(s.id AS BLOB) END AS video,
                      CASE WHEN octet_length(s.title) <= 4096 THEN CAST(s.title AS BLOB) END AS title, CAST(j.dateAdded AS BLOB) AS added
               FROM Playlist p JOIN SongPlaylistMap j ON j.playlistId = p.id JOIN Song s ON s.id = j.songId
               ORDER BY p.id, j.position",
    },
    // ViMusic. vfsfitvnm/ViMusic: app/schemas.
    Schema {
        tables: &["Playlist", "SongPlaylistMap", "Song"],
        history: None,
        rows: "SELECT CAST(p.id AS BLOB) AS key, CASE WHEN octet_length(p.name) <= 4096 THEN CAST(p.name AS BLOB) END AS name,
                      CASE WHEN octet_length(p.browseId) <= 200 THEN CAST(p.browseId AS BLOB) END AS playlist_id,
                      CASE WHEN octet_length(s.id) <= 4096 THEN CAST(s.id AS BLOB) END AS video,
                      CASE WHEN octet_length(s.title) <= 4096 THEN CAST(s.title AS BLOB) END AS title, NULL AS added
               FROM Playlist p JOIN SongPlaylistMap j ON j.playlistId = p.id JOIN Song s ON s.id = j.songId
               ORDER BY p.id, j.position",
    },
    // InnerTune, OuterTune, Metrolist. z-huang/InnerTune: app/schemas.
    Schema {
        tables: &["playlist", "playlist_song_map", "song"],
        history: None,
        rows: "SELECT CAST(p.id AS BLOB) AS key, CASE WHEN octet_length(p.name) <= 4096 THEN CAST(p.name AS BLOB) END AS name,
                      CASE WHEN octet_length(p.browseId) <= 200 THEN CAST(p.browseId AS BLOB) END AS playlist_id,
                      CASE WHEN octet_length(s.id) <= 4096 THEN CAST(s.id AS BLOB) END AS video,
                      CASE WHEN octet_length(s.title) <= 4096 THEN CAST(s.title AS BLOB) END AS title, NULL AS added
               FROM playlist p JOIN playlist_song_map j ON j.playlistId = p.id JOIN song s ON s.id = j.songId
               ORDER BY p.rowid, j.position",
    },
    // The same without the ids of playlists: OuterTune, whose own ids are those of YouTube Music where it took them over.
    Schema {
        tables: &["playlist", "playlist_song_map", "song"],
        history: None,
        rows: "SELECT CAST(p.id AS BLOB) AS key, CASE WHEN octet_length(p.name) <= 4096 THEN CAST(p.name AS BLOB) END AS name,
                      CASE WHEN octet_length(p.id) <= 200 THEN CAST(p.id AS BLOB) END AS playlist_id,
                      CASE WHEN octet_length(s.id) <= 4096 THEN CAST(s.id AS BLOB) END AS video,
                      CASE WHEN octet_length(s.title) <= 4096 THEN CAST(s.title AS BLOB) END AS title, NULL AS added
               FROM playlist p JOIN playlist_song_map j ON j.playlistId = p.id JOIN song s ON s.id = j.songId
               ORDER BY p.rowid, j.position",
    },
    // Kreate. knighthat/Kreate: composeApp/schemas.
    Schema {
        tables: &["playlists", "song_playlist_map", "songs"],
        history: None,
        rows: "SELECT CAST(p.id AS BLOB) AS key, CASE WHEN octet_length(p.name) <= 4096 THEN CAST(p.name AS BLOB) END AS name,
                      CASE WHEN octet_length(p.browse_id) <= 200 THEN CAST(p.browse_id AS BLOB) END AS playlist_id,
                      CASE WHEN octet_length(s.id) <= 4096 THEN CAST(s.id AS BLOB) END AS video,
                      CASE WHEN octet_length(s.title) <= 4096 THEN CAST(s.title AS BLOB) END AS title, NULL AS added
               FROM playlists p JOIN song_playlist_map j ON j.playlist_id = p.id JOIN songs s ON s.id = j.song_id
               ORDER BY p.id, j.position",
    },
    // SkyTube, which shows the last first.
    Schema {
        tables: &["Bookmarks"],
        history: None,
        rows: "SELECT CAST('Bookmarks' AS BLOB) AS key, CAST('Bookmarks' AS BLOB) AS name, NULL AS playlist_id,
                      CASE WHEN octet_length(b.YouTube_Video_Id) <= 4096 THEN CAST(b.YouTube_Video_Id AS BLOB) END AS video,
                      CASE WHEN octet_length(b.YouTube_Video) <= 65536 AND json_valid(CAST(b.YouTube_Video AS TEXT))
                           THEN CAST(CAST(b.YouTube_Video AS TEXT) ->> '$.title' AS BLOB) END AS title, NULL AS added
               FROM Bookmarks b ORDER BY b.Order_Index DESC",
    },
];

#[derive(FromRow)]
struct Row {
    key: Option<Vec<u8>>,
    name: Option<Vec<u8>>,
    playlist_id: Option<Vec<u8>>,
    video: Option<Vec<u8>>,
    title: Option<Vec<u8>>,
    added: Option<Vec<u8>>,
}

/// Copies the database to a file, because SQLite needs one, and pushes the videos of its playlists.
pub(crate) fn read(mut reader: impl BufRead, sink: &mut dyn Sink) -> Result<(), ReadError> {
    sink.set_format(ImportFormat::Database);
    let mut file = NamedTempFile::new()?;
    let is_wal = reader.fill_buf()?.get(WAL_VERSIONS) == Some(&[2, 2]);
    io::copy(&mut reader, &mut file)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    let database = runtime.block_on(Database::open(&file)).map_err(damaged)?;
    Reader { runtime, database, is_wal }.read(sink)
}

fn damaged(error: sqlx::Error) -> ReadError {
    tracing::debug!(%error, "an uploaded database could not be read");
    ReadError::TextRefused(refusal::damaged_database())
}

struct Database {
    connection: SqliteConnection,
}

impl Database {
    async fn open(file: &NamedTempFile) -> sqlx::Result<Self> {
        let options = SqliteConnectOptions::new().filename(file.path()).read_only(true).immutable(true).foreign_keys(false);
        let options = options.pragma("trusted_schema", "OFF").pragma("cell_size_check", "ON").pragma("cache_size", "-2000").pragma("mmap_size", "0");
        let options = options.row_buffer_size(ROWS_PER_CHUNK);
        let mut connection = options.disable_statement_logging().connect().await?;
        let mut checks = 0;
        let count = move || {
            checks += 1;
            checks < MAX_CHECKS
        };
        connection.lock_handle().await?.set_progress_handler(OPS_PER_CHECK, count);
        Ok(Self { connection })
    }

    /// The first schema whose tables and columns are there.
    async fn schema(&mut self) -> sqlx::Result<Option<&'static Schema>> {
        for schema in &SCHEMAS {
            if self.has_tables(schema.tables).await? && self.connection.prepare(SqlStr::from_static(schema.rows)).await.is_ok() {
                return Ok(Some(schema));
            }
        }
        Ok(None)
    }

    async fn has_rows(&mut self, history: &History) -> sqlx::Result<bool> {
        let found = self.has_tables(&[history.table]).await? && sqlx::query_scalar::<_, i64>(history.rows).fetch_one(&mut self.connection).await? > 0;
        Ok(found)
    }

    /// Whether all of these are tables; a view or a virtual table of the name is not read.
    async fn has_tables(&mut self, tables: &[&str]) -> sqlx::Result<bool> {
        for table in tables {
            let count = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 AND lower(name) = lower($1)";
            let found: i64 = sqlx::query_scalar(count).bind(*table).fetch_one(&mut self.connection).await?;
            if found == 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Waits for some rows, then pushes them outside of the runtime: what they are pushed to blocks, which the runtime does not allow.
struct Reader {
    runtime: Runtime,
    database: Database,
    is_wal: bool,
}

impl Reader {
    fn read(mut self, sink: &mut dyn Sink) -> Result<(), ReadError> {
        let schema = self.runtime.block_on(self.database.schema()).map_err(damaged)?;
        let Some(schema) = schema else {
            // What was written last is still in the file beside it.
            let refused = if self.is_wal { refusal::damaged_database() } else { refusal::unknown_database() };
            return Err(ReadError::TextRefused(refused));
        };
        let line = self.push_rows(schema, sink)?;
        let Some(history) = &schema.history else { return Ok(()) };
        if self.runtime.block_on(self.database.has_rows(history)).map_err(damaged)? {
            let list = sink.begin_playlist()?;
            push_parsed(
                sink,
                Position { list, line: line + 1 },
                history.table,
                ParsedVideo::Malformed,
                VideoDetails::default(),
                Entry::Rejected(HISTORY_SKIPPED.into()),
            )?;
        }
        Ok(())
    }

    /// Returns the number of the last row.
    fn push_rows(&mut self, schema: &Schema, sink: &mut dyn Sink) -> Result<u32, ReadError> {
        let mut list: Option<(Option<Vec<u8>>, u32)> = None;
        let mut line = 0;
        let rows = sqlx::query_as::<_, Row>(schema.rows).fetch(&mut self.database.connection);
        let mut chunks = rows.try_ready_chunks(ROWS_PER_CHUNK);
        while let Some(chunk) = self.runtime.block_on(chunks.try_next()).map_err(|TryReadyChunksError(_, error)| damaged(error))? {
            for row in chunk {
                line += 1;
                let number = match &list {
                    Some((key, number)) if *key == row.key => *number,
                    _ => {
                        let number = sink.begin_playlist()?;
                        sink.set_heading(number, row.heading())?;
                        list = Some((row.key.clone(), number));
                        number
                    }
                };
                row.push(Position { list: number, line }, sink)?;
            }
        }
        Ok(line)
    }
}

impl Row {
    fn heading(&self) -> Heading {
        let id = self.playlist_id.as_deref().map(decode_truncated).and_then(|id| playlist_id(&id));
        Heading { id, name: self.name.as_deref().and_then(|name| single_line(&decode_truncated(name), MAX_TITLE_CHARS)) }
    }

    fn push(self, at: Position, sink: &mut dyn Sink) -> Result<(), ReadError> {
        let text = |value: Option<Vec<u8>>| value.map(|value| decode_truncated(&value)).unwrap_or_default();
        let (video, title) = (text(self.video), single_line(&text(self.title), MAX_TITLE_CHARS));
        let reason = if video.contains("://") { link::NOT_A_LINK_OR_ID } else { NO_VIDEO };
        let parsed = link::parse(&video);
        let shown = if video.is_empty() { title.clone().unwrap_or_default() } else { video };
        let details = VideoDetails { title, added: date::parse_added(&text(self.added)) };
        push_parsed(sink, at, &shown, parsed, details, Entry::Rejected(reason.into()))
    }
}
