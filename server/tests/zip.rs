//! ZIP archives in memory, for unit tests, integration tests and the fuzzer.

use std::io::Write;

/// An archive of these files, deflated.
pub(crate) fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut archive = rawzip::ZipArchiveWriter::new(&mut bytes);
    for (path, content) in files {
        let (mut entry, config) = archive.new_file(*path).compression_method(rawzip::CompressionMethod::DEFLATE).start().unwrap();
        let mut data = config.wrap(flate2::write::DeflateEncoder::new(&mut entry, flate2::Compression::default()));
        data.write_all(content).unwrap();
        let (encoder, output) = data.finish().unwrap();
        encoder.finish().unwrap();
        entry.finish(output).unwrap();
    }
    archive.finish().unwrap();
    bytes
}
