//! Measures memory and CPU of reading the heaviest files, in both passes, each in a process of its own:
//! `FUZZ_WEIGH=1 cargo test -p app -p server -p bench --test fuzz`.

use std::{
    env::current_exe,
    fs::File,
    io::{BufWriter, Seek, Write},
    os::fd::AsFd,
    process::{Command, Stdio},
};

use flate2::{Compression, write::DeflateEncoder};
use server::internals::import::{ImportError, ImportLimits, Upload};
use tokio::sync::mpsc;

/// The defaults.
const LIMITS: ImportLimits = ImportLimits { bytes: 32 << 20, lines: 200_000, unpacked: 200 << 20, entries: 1000 };
/// How much reading a file may add to the peak memory.
const MAX_GROWTH_MIB: u64 = 24;
/// A four-byte character, the longest in UTF-8.
const WIDE: &str = "𠀀";

/// A description, the function that writes the file, and the code of the refusal if it is refused.
type Case = (&'static str, fn() -> File, Option<&'static str>);

const CASES: [Case; 21] = [
    ("a table of 200 000 lines", table, None),
    ("an archive of 200 MiB in 500 lists", archive, None),
    ("an archive of tables of contents with long titles", || contents(&long_titles()), None),
    ("an archive of tables of contents with many columns", || contents(&many_columns()), None),
    ("an archive of 1000 lists with long names", long_names, None),
    ("bookmarks in 1000 folders at the end of a long path", || bookmarks(1_000), None),
    ("bookmarks in 9000 folders at the end of a long path", || bookmarks(9_000), Some("too_many_lists")),
    ("a page of endless attributes, texts and comments", page, None),
    ("a line of 200 000 links", links, None),
    ("200 000 lines of an id and a title", titled, None),
    ("a table with 900 playlists in a column", named, None),
    ("a table with 20 000 playlists in a column", many_named, Some("too_many_lists")),
    ("a JSON document of 200 000 videos in 900 playlists", json, None),
    ("a JSON log of 90 000 states of one playlist", log, None),
    ("a database of 200 000 songs in 900 playlists", database, None),
    ("an archive of 20 MiB of blank lines", blank, None),
    ("30 MiB of commas", commas, Some("empty_file")),
    ("15 000 links that are wrapped ten times", wrapped, Some("nothing_recognised")),
    ("a mail with 100 000 links", mail, None),
    ("a dump of 200 000 rows", dump, None),
    ("a JSON document of 150 000 rows that refer to 9 000 playlists", joined, Some("too_many_lists")),
];

/// Peak memory of this process so far.
pub(crate) fn peak_memory_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    peak.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

/// CPU time of this process so far; the kernel counts in hundredths of a second.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    fields[11..13].iter().map(|ticks| ticks.parse::<f64>().unwrap() / 100.0).sum()
}

/// Reads each file in a process of its own, so that none reuses memory that another has freed.
pub(crate) fn weigh() {
    if std::env::var_os("FUZZ_WEIGHED").is_some() {
        return weigh_stdin();
    }
    let mut failed = Vec::new();
    for (what, make, refused) in CASES {
        let mut file = make();
        file.rewind().unwrap();
        println!("{what}: {} KiB", file.metadata().unwrap().len() >> 10);
        let mut child = Command::new(current_exe().unwrap());
        let status = child.env("FUZZ_WEIGHED", refused.unwrap_or_default()).stdin(Stdio::from(file)).status().unwrap();
        if !status.success() {
            failed.push(what);
        }
    }
    assert!(failed.is_empty(), "too much memory, or another answer than expected: {failed:?}");
}

/// Reads the file on standard input.
fn weigh_stdin() {
    let before = peak_memory_mib();
    let file = std::io::stdin().as_fd().try_clone_to_owned().unwrap();
    let (code, told) = match read(File::from(file)) {
        Ok((lines, lists)) => (String::new(), format!("{lines} lines into {lists} lists")),
        Err(error) => (error.code.into(), error.code.to_owned()),
    };
    let told = format!("{told}, {:.1} s of CPU", cpu_seconds());
    let grown = peak_memory_mib() - before;
    println!("    {told}, {grown} MiB");
    assert_eq!(Ok(code), std::env::var("FUZZ_WEIGHED"));
    assert!(grown <= MAX_GROWTH_MIB, "reading took {grown} MiB of memory; the limit is {MAX_GROWTH_MIB}");
}

fn read(file: File) -> Result<(u32, usize), ImportError> {
    let upload = Upload::single(file, "large.csv");
    let inspection = upload.inspect(LIMITS)?;
    let plan = inspection.plan_lists(LIMITS)?;
    let (sender, mut receiver) = mpsc::channel(256);
    let received = std::thread::scope(|scope| {
        scope.spawn(|| {
            let sender = sender;
            upload.send_lines(&inspection, &plan, LIMITS, &sender)
        });
        let mut received = 0u32;
        while let Some(line) = receiver.blocking_recv() {
            line.unwrap();
            received += 1;
        }
        received
    });
    Ok((received, plan.playlists().len()))
}

fn text(write: impl FnOnce(&mut dyn Write)) -> File {
    let mut file = BufWriter::new(tempfile::tempfile().unwrap());
    write(&mut file);
    file.into_inner().unwrap()
}

fn table() -> File {
    text(|file| {
        writeln!(file, "video_id,title").unwrap();
        for n in 0..200_000 {
            writeln!(file, "{n:011},\"A title of a length that is quite usual, number {n}\"").unwrap();
        }
    })
}

fn titled() -> File {
    text(|file| (0..200_000).for_each(|n| writeln!(file, "id_{n:08} A title of a length that is quite usual, number {n}").unwrap()))
}

fn named() -> File {
    playlists_in_a_column(200_000, 900)
}

fn many_named() -> File {
    playlists_in_a_column(40_000, 20_000)
}

fn playlists_in_a_column(rows: u32, playlists: u32) -> File {
    text(|file| {
        writeln!(file, "Playlist,Video,Title").unwrap();
        (0..rows).for_each(|n| writeln!(file, "{}{},id_{n:08},A title", n % playlists, "n".repeat(100)).unwrap());
    })
}

fn json() -> File {
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

fn log() -> File {
    text(|file| {
        for n in 0..90_000 {
            writeln!(file, "{{\"playlistName\":\"x\",\"videos\":[{{\"videoId\":\"{n:011}\"}}],\"_id\":\"one\"}}").unwrap();
        }
    })
}

fn database() -> File {
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

fn blank() -> File {
    let newlines = "\n".repeat(20 << 20);
    zip(std::iter::once(("blank.csv".to_owned(), move |data: &mut dyn Write| {
        data.write_all(b"video_id\n8pDPkXZAtUt\n").unwrap();
        data.write_all(newlines.as_bytes()).unwrap();
    })))
}

fn commas() -> File {
    text(|file| (0..30).for_each(|_| file.write_all(",".repeat(1 << 20).as_bytes()).unwrap()))
}

fn wrapped() -> File {
    let mut link = "https://youtu.be/8pDPkXZAtUt".to_owned();
    for _ in 0..10 {
        let encoded: String = url::form_urlencoded::byte_serialize(link.as_bytes()).collect();
        link = format!("https://www.google.com/url?q={encoded}");
    }
    text(|file| (0..15_000).for_each(|_| writeln!(file, "{link}").unwrap()))
}

fn mail() -> File {
    text(|file| {
        write!(file, "MIME-Version: 1.0\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n").unwrap();
        (0..100_000).for_each(|n| write!(file, "https://www.youtube.com/watc=\r\nh?v=3Did_{n:08}\r\n").unwrap());
    })
}

fn dump() -> File {
    text(|file| {
        write!(file, "INSERT INTO `videos` VALUES ").unwrap();
        (0..200_000).for_each(|n| write!(file, "({n},'Id_{n:08}','A title, number {n}'),").unwrap());
    })
}

fn joined() -> File {
    text(|file| {
        write!(file, "{{\"rows\":[").unwrap();
        (0..150_000).for_each(|n| write!(file, "{{\"playlist_id\":{},\"videoId\":\"id_{n:08}\"}},\n", n % 9_000).unwrap());
        write!(file, "{{}}],\"playlists\":[").unwrap();
        (0..9_000).for_each(|n| write!(file, "{{\"id\":{n},\"name\":\"{}{n}\"}},\n", WIDE.repeat(100)).unwrap());
        write!(file, "{{}}]}}").unwrap();
    })
}

fn links() -> File {
    text(|file| (0..200_000).for_each(|n| write!(file, "id_{n:08},").unwrap()))
}

/// Folders with one video each, inside a folder with the longest possible path.
fn bookmarks(folders: u32) -> File {
    text(|file| {
        writeln!(file, "<!DOCTYPE NETSCAPE-Bookmark-file-1>").unwrap();
        (0..60).for_each(|_| write!(file, "<DT><H3>{}</H3><DL><p>", WIDE.repeat(300)).unwrap());
        for n in 0..folders {
            writeln!(file, "<DT><H3>{n}{}</H3><DL><p><DT><A HREF=\"https://youtu.be/id_{n:08}\">x</A></DL>", WIDE.repeat(300)).unwrap();
        }
    })
}

/// A page in which everything that can be long is long, with millions of parse errors.
fn page() -> File {
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
fn archive() -> File {
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
fn long_names() -> File {
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
fn contents(table: &str) -> File {
    let list = ("Same-videos.csv".to_owned(), "video_id\n8pDPkXZAtUt\n");
    let named = (0..50).map(|n| (format!("{n}{}-videos.csv", "z".repeat(100)), "video_id\n8g3rkZs5OuQ\n"));
    let tables = (0..900).map(|n| (format!("playlists{n}.csv"), table));
    zip(std::iter::once(list)
        .chain(named)
        .chain(tables)
        .map(|(name, content)| (name, move |data: &mut dyn Write| data.write_all(content.as_bytes()).unwrap())))
}

/// Titles that match a file name, and titles as long as a line.
fn long_titles() -> String {
    let long = "z".repeat(60_000);
    let fitting = format!("PL1,False,7{},Private\n", &long[..290]).repeat(300);
    format!(
        "Playlist ID,Add new videos to top,Playlist Title (Original),Playlist Visibility\nPL2,{long},Same,Public\nPL3,False,{long},Public\n{fitting}"
    )
}

/// Rows with a field per byte under an unknown header.
fn many_columns() -> String {
    let row = format!("PL1,Same,Same,{}x\n", ",".repeat(60_000));
    format!("ID,b,c,d\n{}", row.repeat(3))
}
