//! The inputs that mutation starts from: the samples, inputs that once broke something, and an archive of them.

use std::{io::Write, path::Path};

/// The small files, and an archive of them.
pub(crate) fn load() -> Vec<Vec<u8>> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut corpus = Vec::new();
    for folder in ["samples", "samples/cases", "samples/world", "fuzz/corpus"] {
        let mut paths: Vec<_> =
            std::fs::read_dir(tests.join(folder)).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect();
        paths.sort();
        corpus.extend(paths.iter().map(|path| std::fs::read(path).unwrap()).filter(|bytes| bytes.len() < 20_000));
    }
    assert!(corpus.len() > 10, "the corpus is not where it should be");
    let all = zip(&corpus);
    corpus.push(all);
    corpus
}

/// An archive with these files.
pub(crate) fn zip(files: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut archive = rawzip::ZipArchiveWriter::new(&mut bytes);
    for (number, content) in files.iter().enumerate() {
        let name = format!("Takeout/playlists/List {number}-videos.csv");
        let (mut entry, config) = archive.new_file(&name).compression_method(rawzip::CompressionMethod::DEFLATE).start().unwrap();
        let mut data = config.wrap(flate2::write::DeflateEncoder::new(&mut entry, flate2::Compression::fast()));
        data.write_all(content).unwrap();
        let (encoder, output) = data.finish().unwrap();
        encoder.finish().unwrap();
        entry.finish(output).unwrap();
    }
    archive.finish().unwrap();
    bytes
}
