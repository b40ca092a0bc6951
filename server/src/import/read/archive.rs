//! ZIP archives such as Google Takeout's: lists their files and unpacks them one at a time.
//!
//! Nothing that the archive says about itself is trusted: entries are counted as they are listed, bytes as they are unpacked, and checksums
//! are verified. Nothing is written to disk, so that a path in an archive is only a name.

use std::{
    cell::Cell,
    fs::File,
    io::{self, BufReader, Read},
    rc::Rc,
};

use flate2::read::DeflateDecoder;
use rawzip::{CompressionMethod, FileReader, RECOMMENDED_BUFFER_SIZE, ZipArchive, ZipArchiveEntryWayfinder};

use super::{ReadError, text};
use crate::{
    import::{ImportError, ImportLimits, refusal},
    text::single_line,
};

const MAX_PATH_CHARS: usize = 300;
/// Documents that are ZIP archives, told by a file in them, and how their programs save them as something else.
const ZIP_BASED_DOCUMENTS: [(&str, &str, &str); 6] = [
    ("xl/workbook.xml", "an Excel workbook", "Save it as CSV, and upload that file."),
    ("xl/workbook.bin", "an Excel workbook", "Save it as CSV, and upload that file."),
    ("word/document.xml", "a Word document", "Save it as a web page (.htm), which keeps its links, and upload that file."),
    ("ppt/presentation.xml", "a PowerPoint presentation", "Copy the links out of it into a text file, one on each line, and upload that."),
    (
        "content.xml",
        "a document of LibreOffice",
        "Choose File, Save As, and there Text CSV for a table or HTML Document for a text; upload the file that you get.",
    ),
    (
        "Index/Document.iwa",
        "a document of Numbers, Pages or Keynote",
        "Choose File, Export To, and there CSV for a table or Plain Text for a text; upload the file that you get.",
    ),
];

pub(crate) struct Archive {
    zip: ZipArchive<FileReader>,
    entries: Vec<ArchiveEntry>,
    /// Shared with the upload's other archives.
    budget: Rc<UnpackBudget>,
}

/// What may still be unpacked, over all archives of an upload.
pub(crate) struct UnpackBudget {
    limits: ImportLimits,
    /// In bytes; `None` once the limit was exceeded.
    remaining: Cell<Option<u64>>,
    /// Entries listed so far.
    entries: Cell<u32>,
}

impl UnpackBudget {
    pub(crate) fn new(limits: ImportLimits) -> Rc<Self> {
        Rc::new(Self { limits, remaining: Cell::new(Some(limits.unpacked)), entries: Cell::new(0) })
    }

    fn count_entry(&self) -> Result<(), ImportError> {
        self.entries.set(self.entries.get() + 1);
        if self.entries.get() > self.limits.entries { Err(refusal::too_many_entries(self.limits.entries)) } else { Ok(()) }
    }
}

/// A path as UTF-8, or else in the code page that ZIP was made with, and that Windows still writes.
fn decode_path(path: &[u8]) -> String {
    match std::str::from_utf8(path) {
        Ok(path) => path.to_owned(),
        Err(_) => path.iter().map(|&b| CODE_PAGE_437.chars().nth(usize::from(b).wrapping_sub(128)).unwrap_or(char::from(b))).collect(),
    }
}

/// Its upper half. No crate: this is all of it.
const CODE_PAGE_437: &str =
    "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

/// What the Finder and other file managers leave behind; nobody means to upload it.
pub(crate) fn is_os_metadata_file(path: &str) -> bool {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    path.split(['/', '\\']).any(|folder| folder == "__MACOSX") || name.starts_with("._") || [".DS_Store", "Thumbs.db", "desktop.ini"].contains(&name)
}

struct ArchiveEntry {
    path: String,
    wayfinder: ZipArchiveEntryWayfinder,
    method: CompressionMethod,
    encrypted: bool,
}

impl Archive {
    pub(crate) fn open(file: &File, budget: &Rc<UnpackBudget>) -> Result<Self, ImportError> {
        let mut buffer = vec![0; RECOMMENDED_BUFFER_SIZE];
        let broken = |error: rawzip::Error| refusal::broken_archive(&error);
        let zip = ZipArchive::from_file(file.try_clone().map_err(refusal::unreadable)?, &mut buffer).map_err(broken)?;
        let mut entries = Vec::new();
        let (mut met, mut listed) = (0, zip.entries(&mut buffer));
        while let Some(entry) = listed.next_entry().map_err(broken)? {
            met += 1;
            budget.count_entry()?;
            if entry.is_dir() {
                continue;
            }
            let path = single_line(&decode_path(entry.file_path().as_bytes()), MAX_PATH_CHARS).unwrap_or_else(|| format!("file {met}"));
            if is_os_metadata_file(&path) {
                continue;
            }
            if let Some((_, what, advice)) = ZIP_BASED_DOCUMENTS.iter().find(|(name, ..)| *name == path) {
                return Err(refusal::document(what, advice));
            }
            entries.push(ArchiveEntry {
                path,
                wayfinder: entry.wayfinder(),
                method: entry.compression_method(),
                encrypted: entry.flags().is_encrypted(),
            });
        }
        Ok(Self { zip, entries, budget: Rc::clone(budget) })
    }

    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.path.as_str())
    }

    /// Unpacks one file.
    pub(crate) fn read<T>(&self, index: usize, each: impl FnOnce(&mut dyn io::BufRead) -> Result<T, ReadError>) -> Result<T, ReadError> {
        let entry = &self.entries[index];
        if entry.encrypted {
            return Err(ReadError::TextRefused(refusal::encrypted_entry()));
        }
        let file = self.zip.get_entry(entry.wayfinder).map_err(|_| refusal::damaged_entry())?;
        let packed = file.reader();
        let unpacked: Box<dyn Read + '_> = match entry.method {
            CompressionMethod::STORE => Box::new(packed),
            CompressionMethod::DEFLATE => Box::new(DeflateDecoder::new(packed)),
            _ => return Err(ReadError::TextRefused(refusal::unknown_compression())),
        };
        let counted = CountingReader { inner: file.verifying_reader(unpacked), remaining: &self.budget.remaining };
        match each(&mut BufReader::with_capacity(text::CHUNK_BYTES, counted)) {
            Err(ReadError::TextRefused(_)) if self.budget.remaining.get().is_none() => {
                Err(ReadError::UploadRefused(refusal::unpacked_too_large(self.budget.limits.unpacked)))
            }
            Err(ReadError::TextRefused(error)) if error.code == refusal::UNREADABLE => Err(ReadError::TextRefused(refusal::damaged_entry())),
            result => result,
        }
    }
}

/// Counts unpacked bytes over all files, and fails at the limit.
struct CountingReader<'a, R> {
    inner: R,
    remaining: &'a Cell<Option<u64>>,
}

impl<R: Read> Read for CountingReader<'_, R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(out)?;
        self.remaining.set(self.remaining.get().and_then(|remaining| remaining.checked_sub(read as u64)));
        if self.remaining.get().is_none() { Err(io::Error::other("over the limit of what may be unpacked")) } else { Ok(read) }
    }
}
