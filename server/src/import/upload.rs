//! What was uploaded at once: a file, or several that lie one after the other in one temporary file.

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom},
    ops::Range,
    sync::Arc,
};

use app::wording::is_bidi_control;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{
    ImportError, ImportLimits, ImportLine, Inspection, Plan, Skipped, forward, inspect,
    read::{ReadError, text},
    refusal,
};

/// In characters, of a file's name with its folders.
const MAX_PATH_CHARS: usize = 300;
/// In characters, of a file's name without them.
pub(crate) const MAX_NAME_CHARS: usize = 200;
/// If the sender gives no name.
const DEFAULT_NAME: &str = "upload";

/// A file, or several.
#[derive(Debug)]
pub struct Upload {
    pub(super) files: Vec<UploadedFile>,
    pub(super) stop: CancellationToken,
}

/// An uploaded file.
#[derive(Debug)]
pub struct UploadedFile {
    /// Shared with the upload's other files, so that a thousand of them take one descriptor.
    spool: Arc<File>,
    /// Where the file is in it.
    bytes: Range<u64>,
    /// Its name, with the folders that were sent with it: see [`safe_path`].
    pub(super) path: String,
}

impl Upload {
    /// At least one file, in the order in which they were sent.
    pub fn new(files: Vec<UploadedFile>) -> Self {
        Self { files, stop: CancellationToken::new() }
    }

    /// Cancelled when nobody waits for it any more: reading ends with an error soon.
    pub(crate) fn stop_token(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// One file.
    pub fn single(file: File, name: impl Into<String>) -> Self {
        Self::new(vec![UploadedFile { spool: Arc::new(file), bytes: 0..u64::MAX, path: name.into() }])
    }

    /// The file's name; of several, how many there are.
    pub fn name(&self) -> String {
        match &self.files[..] {
            [file] => file.name().to_owned(),
            files => format!("{} files", files.len()),
        }
    }

    #[cfg(test)]
    pub(crate) fn contents(&self) -> Vec<Vec<u8>> {
        self.files.iter().map(|file| file.open().unwrap().bytes().collect::<io::Result<_>>().unwrap()).collect()
    }

    /// The first pass: detects the format and the playlists, and counts the lines.
    ///
    /// # Errors
    /// The file as a whole is refused; of several files, all of them.
    pub fn inspect(&self, limits: ImportLimits) -> Result<Inspection, ImportError> {
        for file in &self.files {
            if file.size().map_err(refusal::unreadable)? > limits.bytes {
                return Err(refusal::too_large(limits.bytes));
            }
        }
        inspect::inspect(self, limits)
    }

    /// The second pass: sends every line in order with the list that it goes to. Blocks; ends early when the receiver is dropped.
    pub fn send_lines(
        &self,
        inspection: &Inspection,
        plan: &Plan,
        limits: ImportLimits,
        lines: &mpsc::Sender<Result<ImportLine, ImportError>>,
    ) -> Skipped {
        let (skipped, sent) = forward::send_lines(self, inspection, plan, limits, lines);
        match sent {
            Err(ReadError::TextRefused(error) | ReadError::UploadRefused(error)) => drop(lines.blocking_send(Err(error))),
            Ok(()) | Err(ReadError::ReceiverGone) => {}
        }
        skipped
    }
}

impl UploadedFile {
    /// A part of a file that holds all that was uploaded; `path` is the name as the sender gave it.
    pub fn new(spool: Arc<File>, bytes: Range<u64>, path: &str) -> Self {
        Self { spool, bytes, path: safe_path(path) }
    }

    /// Without folders, at most 200 characters: what a job over this file is called.
    pub(super) fn name(&self) -> &str {
        without_folders(&self.path)
    }

    fn size(&self) -> io::Result<u64> {
        Ok(self.spool.metadata()?.len().min(self.bytes.end).saturating_sub(self.bytes.start))
    }

    /// From its beginning. All files of an upload share one position, so only one of them can be read at a time.
    pub(super) fn open(&self) -> io::Result<BufReader<io::Take<&File>>> {
        let mut spool = &*self.spool;
        spool.seek(SeekFrom::Start(self.bytes.start))?;
        Ok(BufReader::with_capacity(text::CHUNK_BYTES, spool.take(self.bytes.end - self.bytes.start)))
    }

    /// Its last bytes.
    pub(super) fn tail(&self, bytes: u64) -> io::Result<Vec<u8>> {
        let end = self.bytes.start + self.size()?;
        let start = end.saturating_sub(bytes).max(self.bytes.start);
        let (mut spool, mut tail) = (&*self.spool, Vec::new());
        spool.seek(SeekFrom::Start(start))?;
        spool.take(end - start).read_to_end(&mut tail)?;
        Ok(tail)
    }

    /// The file by itself without its first bytes, which a program may have put before an archive: a copy, unless it is alone.
    pub(super) fn to_file(&self, without: u64) -> io::Result<File> {
        if without == 0 && self.bytes.start == 0 && self.bytes.end >= self.spool.metadata()?.len() {
            return self.spool.try_clone();
        }
        let mut copy = tempfile::tempfile()?;
        let mut content = self.open()?;
        io::copy(&mut content.by_ref().take(without), &mut io::sink())?;
        io::copy(&mut content, &mut copy)?;
        Ok(copy)
    }
}

/// A file's name with the folders that it was sent with, such as `Takeout/YouTube/playlists/Music-videos.csv`. It is only a name, for people
/// and for telling which files belong together: nothing is ever opened by it. Control and bidi characters go, and so do `.` and `..`; of an
/// absolute path, which says where the file lies on somebody's disk, the last part is left. At most 300 characters, of which the last ones
/// are kept, because they are the file's own name.
fn safe_path(path: &str) -> String {
    let is_drive = |part: &str| part.len() == 2 && part.ends_with(':');
    let is_absolute = path.starts_with(['/', '\\']) || path.split(['/', '\\']).next().is_some_and(is_drive);
    let clean: String = path.chars().filter(|&c| !c.is_control() && !is_bidi_control(c)).collect();
    let mut parts: Vec<&str> = clean.split(['/', '\\']).map(str::trim).collect();
    let name = parts.pop().filter(|name| !matches!(*name, "" | "." | "..")).unwrap_or(DEFAULT_NAME);
    parts.retain(|part| !matches!(*part, "" | "." | "..") && !is_drive(part));
    if is_absolute {
        parts.clear();
    }
    parts.push(name);
    let joined = parts.join("/");
    let short = last_chars(&joined, MAX_PATH_CHARS);
    // A folder of which only the end is left is none.
    match short.split_once('/') {
        Some((_, rest)) if short.len() < joined.len() => rest.to_owned(),
        _ => short.trim().to_owned(),
    }
}

/// What a job over a file with this name is called.
pub(crate) fn source_name(path: &str) -> String {
    without_folders(&safe_path(path)).to_owned()
}

fn without_folders(path: &str) -> &str {
    last_chars(path.rsplit(['/', '\\']).next().unwrap_or_default(), MAX_NAME_CHARS)
}

fn last_chars(text: &str, max: usize) -> &str {
    text.char_indices().rev().nth(max - 1).map_or(text, |(at, _)| &text[at..])
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn path_is_made_safe_and_keeps_its_folders() {
        let cases = [
            ("list.csv", "list.csv"),
            ("Takeout/YouTube and YouTube Music/playlists/Music-videos.csv", "Takeout/YouTube and YouTube Music/playlists/Music-videos.csv"),
            ("folder\\list.csv", "folder/list.csv"),
            ("C:\\fakepath\\a b.csv", "a b.csv"),
            ("/home/ann/list.csv", "list.csv"),
            ("../../etc/passwd", "etc/passwd"),
            ("./a/.././/b.csv", "a/b.csv"),
            ("a/..", "a/upload"),
            ("", "upload"),
            (" \u{202e}\n ", "upload"),
            ("a/", "a/upload"),
            ("a/\u{202e}vsc.b\u{0}", "a/vsc.b"),
        ];
        for (path, safe) in cases {
            assert_eq!(safe_path(path), safe, "{path:?}");
        }
        let deep = format!("{}list.csv", "folder é/".repeat(60));
        let safe = safe_path(&deep);
        assert!(safe.chars().count() <= MAX_PATH_CHARS && safe.starts_with("folder é/") && safe.ends_with("/list.csv"), "{safe}");
        assert_eq!(safe_path(&format!("{}.csv", "é".repeat(400))).chars().count(), MAX_PATH_CHARS);
    }

    #[test]
    fn files_of_one_spool_are_read_each_by_itself() {
        let mut spool = tempfile::tempfile().unwrap();
        spool.write_all(b"onetwo").unwrap();
        let spool = Arc::new(spool);
        let files = [UploadedFile::new(Arc::clone(&spool), 0..3, "x/1.txt"), UploadedFile::new(spool, 3..6, "2.txt")];
        for (file, content) in files.iter().zip(["one", "two"]) {
            assert_eq!(io::read_to_string(file.open().unwrap()).unwrap(), content);
            let mut copy = file.to_file(1).unwrap();
            copy.rewind().unwrap();
            assert_eq!((io::read_to_string(copy).unwrap().as_str(), file.size().unwrap()), (&content[1..], 3));
        }
        assert_eq!((files[0].name(), files[0].path.as_str()), ("1.txt", "x/1.txt"));
    }

    proptest! {
        #[test]
        fn safe_path_is_short_and_on_one_line(path in "(\\PC{0,40}[/\\\\]?){0,12}|[\\x00-\\x20]{0,9}") {
            let safe = safe_path(&path);
            prop_assert!(!safe.is_empty() && safe.chars().count() <= MAX_PATH_CHARS && !safe.chars().any(char::is_control), "{safe:?}");
            prop_assert!(!safe.starts_with('/') && !safe.split('/').any(|part| part == ".."), "{safe:?}");
            prop_assert_eq!(safe_path(&safe), safe);
        }
    }
}
