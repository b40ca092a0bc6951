//! What the largest files cost: `FUZZ_WEIGH=1 cargo test -p app -p server --test fuzz`. Both passes over a table of 200 000 lines, and over an
//! archive that unpacks to 200 MiB; lines a second, and the peak memory of the process before and after.

use std::{fs::File, io::Write, time::Instant};

use server::import::{ImportLimits, Upload};
use tokio::sync::mpsc;

/// The defaults.
const LIMITS: ImportLimits = ImportLimits { bytes: 32 << 20, lines: 200_000, unpacked: 200 << 20, entries: 1000 };
/// What reading may add to the memory, in MiB.
const MOST_GROWTH: u64 = 24;

/// The highest the memory of this process ever was, in MiB.
pub(crate) fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    peak.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

pub(crate) fn weigh() {
    let before = peak_memory();
    println!("peak memory before: {before} MiB");
    weigh_one("a table of 200 000 lines", table(200_000));
    weigh_one("an archive of 200 MiB in 500 lists", archive());
    let grown = peak_memory() - before;
    assert!(grown <= MOST_GROWTH, "reading took {grown} MiB, and {MOST_GROWTH} are the most");
}

fn weigh_one(what: &str, file: File) {
    let start = Instant::now();
    let size = file.metadata().unwrap().len();
    let upload = Upload { file, name: "large.csv".into() };
    let inspection = upload.inspect(LIMITS).unwrap();
    let plan = inspection.into_lists(LIMITS).unwrap();
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
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{what}: {} KiB, {received} lines into {} lists in {seconds:.1} s ({:.0} lines a second), peak memory {} MiB",
        size >> 10,
        plan.playlists().len(),
        f64::from(received) / seconds,
        peak_memory()
    );
}

fn table(lines: u32) -> File {
    let mut file = std::io::BufWriter::new(tempfile::tempfile().unwrap());
    writeln!(file, "video_id,title").unwrap();
    for n in 0..lines {
        writeln!(file, "{n:011},\"A title of a length that is quite usual, number {n}\"").unwrap();
    }
    file.into_inner().unwrap()
}

/// 500 playlists of 390 lines, each of a kibibyte.
fn archive() -> File {
    let mut archive = rawzip::ZipArchiveWriter::new(std::io::BufWriter::new(tempfile::tempfile().unwrap()));
    let title = "a long title ".repeat(78);
    for list in 0..500 {
        let name = format!("Takeout/playlists/List {list}-videos.csv");
        let (mut entry, config) = archive.new_file(&name).compression_method(rawzip::CompressionMethod::DEFLATE).start().unwrap();
        let mut data = config.wrap(flate2::write::DeflateEncoder::new(&mut entry, flate2::Compression::fast()));
        writeln!(data, "video_id,title").unwrap();
        for n in 0..390 {
            writeln!(data, "{:011},{title}", list * 1000 + n).unwrap();
        }
        let (encoder, output) = data.finish().unwrap();
        encoder.finish().unwrap();
        entry.finish(output).unwrap();
    }
    archive.finish().unwrap().into_inner().unwrap()
}
