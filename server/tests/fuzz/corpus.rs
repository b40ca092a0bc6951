//! The inputs that mutation starts from: the samples, inputs that once broke something, and an archive of them.

use std::path::Path;

use crate::zip::zip;

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
    let all = takeout(&corpus);
    corpus.push(all);
    corpus
}

/// An archive with these files as playlists of Google Takeout.
pub(crate) fn takeout(files: &[Vec<u8>]) -> Vec<u8> {
    let paths: Vec<String> = (0..files.len()).map(|number| format!("Takeout/playlists/List {number}-videos.csv")).collect();
    zip(&paths.iter().zip(files).map(|(path, content)| (path.as_str(), content.as_slice())).collect::<Vec<_>>())
}
