//! The texts of an upload: its files, and what is in those that are archives.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom},
};

use super::{
    ImportError, ImportLimits, StopFlag, Upload, UploadedFile,
    detect::sniff,
    file_name::FileName,
    read::{
        ReadError,
        archive::{self, Archive, UnpackBudget},
        text,
    },
    refusal,
};

pub(super) struct Entries<'a> {
    files: &'a [UploadedFile],
    stop: &'a StopFlag,
    archives: Vec<Archive>,
    entries: Vec<UploadText>,
    /// Whether it is one file and no archive: then a refused text is a refused upload.
    pub(super) is_one_text: bool,
    /// Whether it is one archive.
    pub(super) is_one_archive: bool,
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
    /// An archive among several files that cannot be opened.
    Refused(ImportError),
}

impl<'a> Entries<'a> {
    pub(super) fn open(upload: &'a Upload, limits: ImportLimits) -> Result<Self, ImportError> {
        let budget = UnpackBudget::new(limits);
        let is_one_file = upload.files.len() == 1;
        let (mut archives, mut entries) = (Vec::new(), Vec::new());
        for (index, file) in upload.files.iter().enumerate() {
            let path = file.name.clone();
            if !is_one_file && archive::is_os_metadata_file(&path) {
                continue;
            }
            let magic = magic(&file.file).map_err(refusal::unreadable)?;
            let opened = match () {
                () if magic == sniff::GRAYJAY_PLAIN => {
                    without_head(&file.file, magic.len()).map_err(refusal::unreadable).and_then(|zip| Archive::open(&zip, &budget))
                }
                () if sniff::is_zip(&magic) => Archive::open(&file.file, &budget),
                () => {
                    entries.push(UploadText { path, origin: Origin::File(index) });
                    continue;
                }
            };
            match opened {
                Ok(archive) => {
                    let paths = archive.paths().enumerate();
                    entries.extend(paths.map(|(inner, path)| UploadText { path: path.to_owned(), origin: Origin::Archived(archives.len(), inner) }));
                    archives.push(archive);
                }
                Err(error) if is_one_file => return Err(error),
                Err(error) => entries.push(UploadText { path, origin: Origin::Refused(error) }),
            }
        }
        let is_one_text = is_one_file && archives.is_empty();
        Ok(Self { files: &upload.files, stop: &upload.stop, is_one_archive: is_one_file && !is_one_text, archives, entries, is_one_text })
    }

    /// Title taken from the archive's file name.
    pub(super) fn title(&self) -> Option<String> {
        self.is_one_archive.then(|| FileName::parse(&self.files[0].name).title()).flatten()
    }

    /// Of each entry, in order.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.path.as_str())
    }

    /// The uploaded file that an entry is, or is in.
    pub(super) fn file_name(&self, index: usize) -> Option<&str> {
        match self.entries.get(index)?.origin {
            Origin::File(file) => Some(&self.files[file].name),
            _ => None,
        }
    }

    pub(super) fn read<T>(&self, index: usize, each: impl FnOnce(&mut dyn BufRead) -> Result<T, ReadError>) -> Result<T, ReadError> {
        let stop = self.stop;
        match &self.entries[index].origin {
            Origin::File(file) => {
                let reader = BufReader::with_capacity(text::CHUNK_BYTES, rewound(&self.files[*file].file)?);
                each(&mut Stoppable { reader, stop })
            }
            Origin::Archived(archive, inner) => self.archives[*archive].read(*inner, |reader| each(&mut Stoppable { reader, stop })),
            Origin::Refused(error) => Err(ReadError::TextRefused(error.clone())),
        }
    }
}

/// Fails once nobody waits for it any more.
struct Stoppable<'a, R> {
    reader: R,
    stop: &'a StopFlag,
}

impl<R: BufRead> BufRead for Stoppable<'_, R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.stop.is_stopped() { Err(io::ErrorKind::BrokenPipe.into()) } else { self.reader.fill_buf() }
    }

    fn consume(&mut self, bytes: usize) {
        self.reader.consume(bytes);
    }
}

impl<R: BufRead> Read for Stoppable<'_, R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.stop.is_stopped() { Err(io::ErrorKind::BrokenPipe.into()) } else { self.reader.read(out) }
    }
}

/// The first bytes of a file.
fn magic(file: &File) -> io::Result<Vec<u8>> {
    let mut magic = Vec::new();
    rewound(file)?.take(sniff::GRAYJAY_PLAIN.len() as u64).read_to_end(&mut magic)?;
    Ok(magic)
}

/// A copy without the bytes that a program puts before an archive.
fn without_head(file: &File, bytes: usize) -> io::Result<File> {
    let mut copy = tempfile::tempfile()?;
    let mut file = file;
    file.seek(SeekFrom::Start(bytes as u64))?;
    io::copy(&mut file, &mut copy)?;
    Ok(copy)
}

fn rewound(mut file: &File) -> io::Result<&File> {
    file.seek(SeekFrom::Start(0))?;
    Ok(file)
}
