//! The texts of an upload: its files, and what is in those that are archives.

use std::io::{self, BufRead, Read};

use tokio_util::sync::CancellationToken;

use super::{
    ImportError, ImportLimits, Upload, UploadedFile,
    detect::sniff,
    file_name::FileName,
    read::{
        ReadError,
        archive::{self, Archive, UnpackBudget},
    },
    refusal,
};

/// Archives among several files; each takes a file descriptor while it is read.
const MAX_ARCHIVES: usize = 50;

/// What ends a ZIP archive, without and with the longest comment (APPNOTE.TXT, 4.3.16).
const DIRECTORY_END_BYTES: usize = 22;
const MAX_DIRECTORY_END_BYTES: u64 = 22 + 65_535;

pub(super) struct Entries<'a> {
    files: &'a [UploadedFile],
    stop: &'a CancellationToken,
    archives: Vec<OpenArchive>,
    entries: Vec<UploadText>,
    /// Whether it is one file and no archive: then a refused text is a refused upload.
    pub(super) is_one_text: bool,
    /// Whether it is one archive.
    pub(super) is_one_archive: bool,
}

struct OpenArchive {
    archive: Archive,
    /// The uploaded file, by index.
    file: usize,
}

struct UploadText {
    path: String,
    origin: Origin,
}

enum Origin {
    /// By index.
    File(usize),
    /// The archive and what is in it, by index.
    Archived(usize, usize),
    /// A file among several that is an archive and cannot be opened.
    Refused(usize, ImportError),
}

impl<'a> Entries<'a> {
    pub(super) fn open(upload: &'a Upload, limits: ImportLimits) -> Result<Self, ImportError> {
        let budget = UnpackBudget::new(limits);
        let is_one_file = upload.files.len() == 1;
        let (mut archives, mut entries) = (Vec::new(), Vec::new());
        for (index, file) in upload.files.iter().enumerate() {
            let path = file.path.clone();
            if !is_one_file && archive::is_os_metadata_file(&path) {
                continue;
            }
            let magic = magic(file).map_err(refusal::unreadable)?;
            let before = match () {
                () if magic == sniff::GRAYJAY_PLAIN => magic.len() as u64,
                () if sniff::is_zip(&magic) || ends_with_zip_directory(file).map_err(refusal::unreadable)? => 0,
                () => {
                    entries.push(UploadText { path, origin: Origin::File(index) });
                    continue;
                }
            };
            let opened = match archives.len() {
                MAX_ARCHIVES.. => Err(refusal::too_many_archives(MAX_ARCHIVES)),
                _ => file.to_file(before).map_err(refusal::unreadable).and_then(|zip| Archive::open(&zip, &budget)),
            };
            match opened {
                Ok(archive) => {
                    let paths = archive.paths().enumerate();
                    entries.extend(paths.map(|(inner, path)| UploadText { path: path.to_owned(), origin: Origin::Archived(archives.len(), inner) }));
                    archives.push(OpenArchive { archive, file: index });
                }
                Err(error) if is_one_file => return Err(error),
                Err(error) => entries.push(UploadText { path, origin: Origin::Refused(index, error) }),
            }
        }
        let is_one_text = is_one_file && archives.is_empty();
        Ok(Self { files: &upload.files, stop: &upload.stop, is_one_archive: is_one_file && !is_one_text, archives, entries, is_one_text })
    }

    /// Title taken from the archive's file name.
    pub(super) fn title(&self) -> Option<String> {
        self.is_one_archive.then(|| FileName::parse(&self.files[0].path).title()).flatten()
    }

    /// Of each entry, in order.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.path.as_str())
    }

    /// The uploaded file that an entry is, or is in.
    fn file(&self, index: usize) -> &UploadedFile {
        match self.entries[index].origin {
            Origin::File(file) | Origin::Refused(file, _) => &self.files[file],
            Origin::Archived(archive, _) => &self.files[self.archives[archive].file],
        }
    }

    /// The name of the uploaded file that an entry is, or is in; `None` where only one was uploaded.
    pub(super) fn source_name(&self, index: usize) -> Option<&str> {
        (self.files.len() > 1).then(|| self.file(index).name())
    }

    /// What an entry is called where it is refused.
    pub(super) fn label(&self, index: usize) -> String {
        let UploadText { path, origin } = &self.entries[index];
        match origin {
            Origin::Archived(archive, _) if self.files.len() > 1 => format!("“{path}” in “{}”", self.files[self.archives[*archive].file].path),
            _ => format!("“{path}”"),
        }
    }

    /// Whether somebody chose the file itself, and not an archive or a folder that it is in.
    pub(super) fn is_chosen(&self, index: usize) -> bool {
        matches!(self.entries[index].origin, Origin::File(file) if !self.files[file].path.contains('/'))
    }

    pub(super) fn read<T>(&self, index: usize, each: impl FnOnce(&mut dyn BufRead) -> Result<T, ReadError>) -> Result<T, ReadError> {
        let stop = self.stop;
        match &self.entries[index].origin {
            Origin::File(file) => each(&mut CancellableReader { reader: self.files[*file].open()?, stop }),
            Origin::Archived(archive, inner) => self.archives[*archive].archive.read(*inner, |reader| each(&mut CancellableReader { reader, stop })),
            Origin::Refused(_, error) => Err(ReadError::TextRefused(error.clone())),
        }
    }
}

/// Fails once nobody waits for it any more.
struct CancellableReader<'a, R> {
    reader: R,
    stop: &'a CancellationToken,
}

impl<R: BufRead> BufRead for CancellableReader<'_, R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.stop.is_cancelled() { Err(io::ErrorKind::BrokenPipe.into()) } else { self.reader.fill_buf() }
    }

    fn consume(&mut self, bytes: usize) {
        self.reader.consume(bytes);
    }
}

impl<R: BufRead> Read for CancellableReader<'_, R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.stop.is_cancelled() { Err(io::ErrorKind::BrokenPipe.into()) } else { self.reader.read(out) }
    }
}

/// Whether a program that unpacks itself, or anything else, stands before a ZIP archive: the archive's directory is at the end.
fn ends_with_zip_directory(file: &UploadedFile) -> io::Result<bool> {
    let tail = file.tail(MAX_DIRECTORY_END_BYTES)?;
    Ok(tail.windows(DIRECTORY_END_BYTES).enumerate().any(|(at, end)| {
        let comment = usize::from(u16::from_le_bytes([end[20], end[21]]));
        end.starts_with(b"PK\x05\x06") && end[8..12] != [0; 4] && at + DIRECTORY_END_BYTES + comment == tail.len()
    }))
}

/// The first bytes of a file.
fn magic(file: &UploadedFile) -> io::Result<Vec<u8>> {
    let mut magic = Vec::new();
    file.open()?.take(sniff::GRAYJAY_PLAIN.len() as u64).read_to_end(&mut magic)?;
    Ok(magic)
}
