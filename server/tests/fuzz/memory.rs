//! Measures memory and CPU of reading the heaviest files, in both passes, each in a process of its own:
//! `FUZZ_WEIGH=1 cargo test -p app -p server -p bench --test fuzz`.

mod files;

use std::{
    env::current_exe,
    fs::File,
    io::Seek,
    os::fd::AsFd,
    process::{Command, Stdio},
};

use server::internals::import::{ImportError, ImportLimits, Upload};
use tokio::sync::mpsc;

/// The defaults.
const LIMITS: ImportLimits = ImportLimits { bytes: 32 << 20, lines: 200_000, unpacked: 200 << 20, entries: 1000 };
/// How much reading a file may add to the peak memory.
const MAX_GROWTH_MIB: u64 = 24;

/// A description, the function that writes the file, and the code of the refusal if it is refused.
type Case = (&'static str, fn() -> File, Option<&'static str>);

const CASES: [Case; 21] = [
    ("a table of 200 000 lines", files::table, None),
    ("an archive of 200 MiB in 500 lists", files::archive, None),
    ("an archive of tables of contents with long titles", || files::contents(&files::long_titles()), None),
    ("an archive of tables of contents with many columns", || files::contents(&files::many_columns()), None),
    ("an archive of 1000 lists with long names", files::long_names, None),
    ("bookmarks in 1000 folders at the end of a long path", || files::bookmarks(1_000), None),
    ("bookmarks in 9000 folders at the end of a long path", || files::bookmarks(9_000), Some("too_many_lists")),
    ("a page of endless attributes, texts and comments", files::page, None),
    ("a line of 200 000 links", files::links, None),
    ("200 000 lines of an id and a title", files::titled, None),
    ("a table with 900 playlists in a column", files::named, None),
    ("a table with 20 000 playlists in a column", files::many_named, Some("too_many_lists")),
    ("a JSON document of 200 000 videos in 900 playlists", files::json, None),
    ("a JSON log of 90 000 states of one playlist", files::log, None),
    ("a database of 200 000 songs in 900 playlists", files::database, None),
    ("an archive of 20 MiB of blank lines", files::blank, None),
    ("30 MiB of commas", files::commas, Some("empty_file")),
    ("15 000 links that are wrapped ten times", files::wrapped, Some("nothing_recognised")),
    ("a mail with 100 000 links", files::mail, None),
    ("a dump of 200 000 rows", files::dump, None),
    ("a JSON document of 150 000 rows that refer to 9 000 playlists", files::joined, Some("too_many_lists")),
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
pub(crate) fn measure_files() {
    if std::env::var_os("FUZZ_WEIGHED").is_some() {
        return measure_stdin();
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
fn measure_stdin() {
    let before = peak_memory_mib();
    let file = std::io::stdin().as_fd().try_clone_to_owned().unwrap();
    let (code, summary) = match read(File::from(file)) {
        Ok((lines, lists)) => (String::new(), format!("{lines} lines into {lists} lists")),
        Err(error) => (error.code.into(), error.code.to_owned()),
    };
    let seconds = cpu_seconds();
    let grown = peak_memory_mib() - before;
    println!("    {summary}, {seconds:.1} s of CPU, {grown} MiB");
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
