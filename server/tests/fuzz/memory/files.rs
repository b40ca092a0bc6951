//! Writes the heaviest files.

use std::{
    fs::File,
    io::{BufWriter, Write},
};

use flate2::{Compression, write::DeflateEncoder};

/// A four-byte character, the longest in UTF-8.
const WIDE: &str = "𠀀";

fn text(write: impl FnOnce(&mut dyn Write)) -> File {
    let mut file = BufWriter::new(tempfile::tempfile().unwrap());
    write(&mut file);
    file.into_inner().unwrap()
}

pub(super) fn table() -> File {
    text(|file| {
        writeln!(file, "video_id,title").unwrap();
        for n in 0..200_000 {
            writeln!(file, "{n:011},\"A title of a length that is quite usual, number {n}\"").unwrap();
        }
    })
}

pub(super) fn titled() -> File {
    text(|file| (0..200_000).for_each(|n| writeln!(file, "id_{n:08} A title of a length that is quite usual, number {n}").unwrap()))
}

pub(super) fn named() -> File {
    playlists_in_a_column(200_000, 900)
}

pub(super) fn many_named() -> File {
    playlists_in_a_column(40_000, 20_000)
}

fn playlists_in_a_column(rows: u32, playlists: u32) -> File {
    text(|file| {
        writeln!(file, "Playlist,Video,Title").unwrap();
        (0..rows).for_each(|n| writeln!(file, "{}{},id_{n:08},A title", n % playlists, "n".repeat(100)).unwrap());
    })
}

pub(super) fn json() -> File {
    text(|file| {
        write!(file, "{{\"lists\":[").unwrap();
        for list in 0..900 {
            let videos: Vec<String> =
                (0..222).map(|n| format!("{{\"id\":{{\"videoId\":\"{:011}\"}},\"snippet\":{{\"title\":\"A title\"}}}}", list * 222 + n)).collect();
            write!(file, "{}{{\"items\":[{}],\"name\":\"List {list}\"}}", if list > 0 { "," } else { "" }, videos.join(",")).unwrap();
        }
        write!(file, "]}}").unwrap();
    })
}

pub(super) fn log() -> File {
    text(|file| {
        for n in 0..90_000 {
            writeln!(file, "{{\"playlistName\":\"x\",\"videos\":[{{\"videoId\":\"{n:011}\"}}],\"_id\":\"one\"}}").unwrap();
        }
    })
}

pub(super) fn database() -> File {
    let path = tempfile::NamedTempFile::new().unwrap().into_temp_path();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path);
        let mut connection = sqlx::ConnectOptions::connect(&options).await.unwrap();
        let statements = "CREATE TABLE Song (id TEXT PRIMARY KEY, title TEXT);
             CREATE TABLE Playlist (id INTEGER PRIMARY KEY, name TEXT, browseId TEXT);
             CREATE TABLE SongPlaylistMap (songId TEXT, playlistId INTEGER, position INTEGER);
             WITH RECURSIVE n(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < 199999)
             INSERT INTO Song SELECT printf('id_%08d', n), 'A title of a length that is quite usual' FROM n;
             INSERT INTO Playlist SELECT DISTINCT rowid % 900, 'List ' || (rowid % 900), NULL FROM Song;
             INSERT INTO SongPlaylistMap SELECT id, rowid % 900, rowid FROM Song;";
        sqlx::raw_sql(statements).execute(&mut connection).await.unwrap();
        sqlx::Connection::close(connection).await.unwrap();
    });
    File::open(&path).unwrap()
}

pub(super) fn blank() -> File {
    let newlines = "\n".repeat(20 << 20);
    zip(std::iter::once(("blank.csv".to_owned(), move |data: &mut dyn Write| {
        data.write_all(b"video_id\n8pDPkXZAtUt\n").unwrap();
        data.write_all(newlines.as_bytes()).unwrap();
    })))
}

pub(super) fn commas() -> File {
    text(|file| (0..30).for_each(|_| file.write_all(",".repeat(1 << 20).as_bytes()).unwrap()))
}

pub(super) fn wrapped() -> File {
    let mut link = "https://youtu.be/8pDPkXZAtUt".to_owned();
    for _ in 0..10 {
        let encoded: String = url::form_urlencoded::byte_serialize(link.as_bytes()).collect();
        link = format!("https://www.google.com/url?q={encoded}");
    }
    text(|file| (0..15_000).for_each(|_| writeln!(file, "{link}").unwrap()))
}

pub(super) fn mail() -> File {
    text(|file| {
        write!(file, "MIME-Version: 1.0\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n").unwrap();
        (0..100_000).for_each(|n| write!(file, "https://www.youtube.com/watc=\r\nh?v=3Did_{n:08}\r\n").unwrap());
    })
}

pub(super) fn dump() -> File {
    text(|file| {
        write!(file, "INSERT INTO `videos` VALUES ").unwrap();
        (0..200_000).for_each(|n| write!(file, "({n},'Id_{n:08}','A title, number {n}'),").unwrap());
    })
}

pub(super) fn joined() -> File {
    text(|file| {
        write!(file, "{{\"rows\":[").unwrap();
        (0..150_000).for_each(|n| write!(file, "{{\"playlist_id\":{},\"videoId\":\"id_{n:08}\"}},\n", n % 9_000).unwrap());
        write!(file, "{{}}],\"playlists\":[").unwrap();
        (0..9_000).for_each(|n| write!(file, "{{\"id\":{n},\"name\":\"{}{n}\"}},\n", WIDE.repeat(100)).unwrap());
        write!(file, "{{}}]}}").unwrap();
    })
}

pub(super) fn links() -> File {
    text(|file| (0..200_000).for_each(|n| write!(file, "id_{n:08},").unwrap()))
}

/// Folders with one video each, inside a folder with the longest possible path.
pub(super) fn bookmarks(folders: u32) -> File {
    text(|file| {
        writeln!(file, "<!DOCTYPE NETSCAPE-Bookmark-file-1>").unwrap();
        (0..60).for_each(|_| write!(file, "<DT><H3>{}</H3><DL><p>", WIDE.repeat(300)).unwrap());
        for n in 0..folders {
            writeln!(file, "<DT><H3>{n}{}</H3><DL><p><DT><A HREF=\"https://youtu.be/id_{n:08}\">x</A></DL>", WIDE.repeat(300)).unwrap();
        }
    })
}

/// A page in which everything that can be long is long, with millions of parse errors.
pub(super) fn page() -> File {
    let mebibyte = |text: &str| text.repeat((1 << 20) / text.len());
    let parts = [
        ("<a icon=\"", "i"),
        ("\" href=\"https://youtu.be/8pDPkXZAtUt\">", "\u{1}"),
        ("<!--", "c"),
        ("-->", "&#1;"),
        ("<", "t"),
        (">", "x\n"),
        ("<!", "d"),
    ];
    let write = move |data: &mut dyn Write| {
        writeln!(data, "<!DOCTYPE NETSCAPE-Bookmark-file-1>").unwrap();
        for (begin, filler) in parts {
            data.write_all(begin.as_bytes()).unwrap();
            (0..20).for_each(|_| data.write_all(mebibyte(filler).as_bytes()).unwrap());
        }
    };
    zip(std::iter::once(("bookmarks.html".to_owned(), write)))
}

/// Compressed files by their names.
fn zip(files: impl Iterator<Item = (String, impl FnOnce(&mut dyn Write))>) -> File {
    let mut archive = rawzip::ZipArchiveWriter::new(BufWriter::new(tempfile::tempfile().unwrap()));
    for (name, write) in files {
        let (mut entry, config) = archive.new_file(&name).compression_method(rawzip::CompressionMethod::DEFLATE).start().unwrap();
        let mut data = config.wrap(DeflateEncoder::new(&mut entry, Compression::default()));
        write(&mut data);
        let (encoder, output) = data.finish().unwrap();
        encoder.finish().unwrap();
        entry.finish(output).unwrap();
    }
    archive.finish().unwrap().into_inner().unwrap()
}

/// 500 playlists of 390 lines of a kibibyte.
pub(super) fn archive() -> File {
    let title = "a long title ".repeat(78);
    zip((0..500).map(|list| {
        let title = &title;
        (format!("Takeout/playlists/List {list}-videos.csv"), move |data: &mut dyn Write| {
            writeln!(data, "video_id,title").unwrap();
            (0..390).for_each(|n| writeln!(data, "{:011},{title}", list * 1000 + n).unwrap());
        })
    }))
}

/// 1000 playlists of one video, with the longest possible file names and titles.
pub(super) fn long_names() -> File {
    zip((0..1000).map(|list| {
        (format!("{list}{}-videos.csv", WIDE.repeat(290)), move |data: &mut dyn Write| {
            let id = format!("PL{list:032}");
            writeln!(
                data,
                "Playlist Id,Channel Id,Time Created,Time Updated,Title,Description,Visibility\n{id},UC1,,,{list}{},,Private\n",
                WIDE.repeat(300)
            )
            .unwrap();
            writeln!(data, "Video Id,Time Added\n{list:011},2023-03-07 05:54:43 UTC").unwrap();
        })
    }))
}

/// A playlist, and 900 tables of contents of 200 KiB.
pub(super) fn contents(table: &str) -> File {
    let list = ("Same-videos.csv".to_owned(), "video_id\n8pDPkXZAtUt\n");
    let named = (0..50).map(|n| (format!("{n}{}-videos.csv", "z".repeat(100)), "video_id\n8g3rkZs5OuQ\n"));
    let tables = (0..900).map(|n| (format!("playlists{n}.csv"), table));
    zip(std::iter::once(list)
        .chain(named)
        .chain(tables)
        .map(|(name, content)| (name, move |data: &mut dyn Write| data.write_all(content.as_bytes()).unwrap())))
}

/// Titles that match a file name, and titles as long as a line.
pub(super) fn long_titles() -> String {
    let long = "z".repeat(60_000);
    let fitting = format!("PL1,False,7{},Private\n", &long[..290]).repeat(300);
    format!(
        "Playlist ID,Add new videos to top,Playlist Title (Original),Playlist Visibility\nPL2,{long},Same,Public\nPL3,False,{long},Public\n{fitting}"
    )
}

/// Rows with a field per byte under an unknown header.
pub(super) fn many_columns() -> String {
    let row = format!("PL1,Same,Same,{}x\n", ",".repeat(60_000));
    format!("ID,b,c,d\n{}", row.repeat(3))
}
