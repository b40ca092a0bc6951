//! The sentences that refuse a file: each says what the file is and what to upload instead.

use std::{fmt::Display, io};

use super::ImportError;

/// The code of a file that could not be read to its end.
pub(super) const UNREADABLE: &str = "unreadable_file";

const WHAT_TO_UPLOAD: &str = "Upload the archive from Google Takeout (.zip) or a playlist out of it (a file that ends in “-videos.csv”), a table with a \
                       column “video_id” or “url”, or a text file with one YouTube link per line.";

fn refusal(code: &'static str, what: impl Display) -> ImportError {
    ImportError { code, detail: format!("{what} {WHAT_TO_UPLOAD}") }
}

/// Only what the file is, for one file of many.
pub(super) fn description(error: &ImportError) -> &str {
    error.detail.strip_suffix(WHAT_TO_UPLOAD).unwrap_or(&error.detail).trim_end()
}

pub(super) fn empty() -> ImportError {
    refusal("empty_file", "This file is empty.")
}

pub(super) fn no_videos(title: Option<&str>) -> ImportError {
    match title {
        Some(title) => refusal("empty_file", format!("The playlist “{title}” in this file has no videos.")),
        None => refusal("empty_file", "This file has no videos in it."),
    }
}

/// `advice` says what to do; by default what every refusal says.
pub(super) fn binary(what: &str, advice: Option<&str>) -> ImportError {
    let what = format!("This is {what}, not a text file.");
    match advice {
        Some(advice) => ImportError { code: "binary_file", detail: format!("{what} {advice}") },
        None => refusal("binary_file", what),
    }
}

/// A document of an office program.
pub(super) fn document(what: &str, advice: &str) -> ImportError {
    ImportError { code: "binary_file", detail: format!("This is {what}, not a list of videos. {advice}") }
}

/// A text of an archive from Google Takeout that somebody wrote or got, and that is no list of theirs.
pub(super) fn private_text() -> ImportError {
    let detail = "These are mails or a note, not a playlist. If there is a list of videos in it, upload this file by itself.";
    ImportError { code: "nothing_recognised", detail: detail.into() }
}

pub(super) fn nested_archive() -> ImportError {
    refusal("binary_file", "This is a ZIP archive inside another one. Unpack the outer one.")
}

pub(super) fn broken_archive(error: &dyn Display) -> ImportError {
    tracing::debug!(%error, "an archive could not be read");
    ImportError {
        code: "broken_archive",
        detail:
            "This ZIP archive is damaged or incomplete. Download it again and upload it unchanged; if it comes in several parts, upload each part by \
                 itself."
                .into(),
    }
}

pub(super) fn damaged_entry() -> ImportError {
    refusal("broken_archive", "This file is damaged in the archive.")
}

pub(super) fn encrypted_entry() -> ImportError {
    ImportError {
        code: "encrypted_archive",
        detail: "This file is locked with a password. Unpack the archive, and upload the files that were in it.".into(),
    }
}

pub(super) fn encrypted_backup(program: &str) -> ImportError {
    let detail = format!("This is a backup of {program} that is locked with a password. Export one without a password, and upload that file.");
    ImportError { code: "encrypted_archive", detail }
}

pub(super) fn unknown_compression() -> ImportError {
    refusal("broken_archive", "This file is compressed by a method that Playmarks cannot read; the usual one is “deflate”.")
}

/// Of an archive among several files.
pub(super) fn too_many_archives(max: usize) -> ImportError {
    refusal("too_many_entries", format!("There are more than {max} ZIP archives beside it. Upload this one by itself."))
}

/// Several files, all of them left behind by a file manager.
pub(super) fn only_os_metadata() -> ImportError {
    refusal("empty_file", "There is no list of videos in these files.")
}

/// Of an archive, or of several files. `common` is the code that all of them have; `named` describes the first few.
pub(super) fn no_list(is_archive: bool, common: Option<&'static str>, named: &str) -> ImportError {
    let place = if is_archive { "this archive" } else { "these files" };
    refusal(common.unwrap_or("nothing_recognised"), format!("There is no list of videos in {place}. {named}"))
}

pub(super) fn empty_archive() -> ImportError {
    refusal("empty_file", "This ZIP archive is empty.")
}

pub(super) fn too_many_entries(max: u32) -> ImportError {
    ImportError {
        code: "too_many_entries",
        detail: format!(
            "This archive has more than {max} files. Put the files that end in “-videos.csv” into an archive of their own and upload that."
        ),
    }
}

pub(super) fn unpacked_too_large(max: u64) -> ImportError {
    ImportError {
        code: "archive_too_large",
        detail: format!("What is in this archive is larger than {} MiB. Upload the files that end in “-videos.csv” by themselves.", max >> 20),
    }
}

pub(super) fn too_many_lists(max: u32) -> ImportError {
    ImportError { code: "too_many_lists", detail: format!("This file has more than {max} lists. Split it and upload the parts one after the other.") }
}

pub(super) fn names_too_long() -> ImportError {
    ImportError {
        code: "too_many_lists",
        detail: "The names of the lists in this file are too long to keep. Split it and upload the parts one after the other.".into(),
    }
}

pub(super) fn other_text(what: &str) -> ImportError {
    refusal("nothing_recognised", format!("This is {what}, which Playmarks does not read."))
}

/// `reason` is that of every line, where they share one.
pub(super) fn nothing_recognised(lines: u32, reason: Option<&str>) -> ImportError {
    let lines = if lines == 1 { "its one line".into() } else { format!("any of its {lines} lines") };
    let reason = reason.filter(|reason| *reason != super::NOT_A_LINK_OR_ID).map(|reason| format!(" {reason}")).unwrap_or_default();
    refusal("nothing_recognised", format!("There is no YouTube video in {lines}.{reason}"))
}

/// A table of an archive that lies where no playlists are.
pub(super) fn not_a_playlist() -> ImportError {
    refusal("nothing_recognised", "This is not a playlist. The playlists of this archive are in another folder.")
}

pub(super) fn contents_page() -> ImportError {
    refusal(
        "nothing_recognised",
        "This is the contents page of an archive from Google Takeout. If it came in several parts, the playlists may be in another one.",
    )
}

pub(super) fn damaged_database() -> ImportError {
    refusal("broken_database", "This is a database that is damaged or still in use. Export it again.")
}

pub(super) fn unknown_database() -> ImportError {
    refusal("nothing_recognised", "This is a database of a program that Playmarks does not know; no playlists were found in it.")
}

pub(super) fn subscriptions() -> ImportError {
    refusal("subscriptions_file", "This is the list of channels you are subscribed to; it holds no videos.")
}

pub(super) fn history() -> ImportError {
    refusal(
        "history_file",
        "This is the history of what you watched or searched for, not a playlist. Playmarks cannot mark videos as watched yet; once it can, the marks \
         can be read from this file.",
    )
}

pub(super) fn searches() -> ImportError {
    refusal("history_file", "This is the history of what you searched for, not a playlist.")
}

/// JSON that ends before its first video.
pub(super) fn cut() -> ImportError {
    let detail = "This file is cut: it ends in the middle, before its first video. Export or download it again, and upload it whole.";
    ImportError { code: "nothing_recognised", detail: detail.into() }
}

pub(super) fn cookies() -> ImportError {
    let detail = "These are a browser's cookies, which sign in whoever has them. They hold no videos: keep them to yourself.";
    ImportError { code: "nothing_recognised", detail: detail.into() }
}

pub(super) fn comments() -> ImportError {
    refusal("comments_file", "These are comments or chat messages that somebody wrote, not a playlist.")
}

pub(super) fn uploads() -> ImportError {
    refusal("uploads_file", "This is a table about videos that you uploaded yourself, not a playlist.")
}

pub(super) fn music() -> ImportError {
    refusal("music_file", "This is the list of songs of your YouTube Music library, not a playlist.")
}

pub(super) fn songs() -> ImportError {
    let detail = "This table has the names of songs, but neither links nor ids: it cannot be told which videos they are. Export it again with links, if \
                  the program that wrote it can.";
    ImportError { code: "nothing_recognised", detail: detail.into() }
}

pub(super) fn playlists() -> ImportError {
    refusal("nothing_recognised", "This is the table of contents of your playlists; the videos are in the files beside it.")
}

/// A table of contents in an archive.
pub(super) fn contents_used() -> ImportError {
    refusal("nothing_recognised", "This is the table of contents of your playlists; their names were taken from it.")
}

pub(super) fn too_many_lines(max: u32) -> ImportError {
    ImportError { code: "too_many_lines", detail: format!("This file has more than {max} lines. Split it and upload the parts one after the other.") }
}

pub(super) fn too_large(max: u64) -> ImportError {
    ImportError {
        code: "file_too_large",
        detail: format!("This file is larger than {} MiB. Split it and upload the parts one after the other.", max.div_ceil(1 << 20)),
    }
}

/// The cause goes to the log: whoever uploads can do nothing about the server's disk.
pub(super) fn unreadable(error: io::Error) -> ImportError {
    if error.kind() == io::ErrorKind::BrokenPipe {
        tracing::debug!("the client left while its upload was read");
    } else {
        tracing::warn!(%error, "an upload could not be read");
    }
    ImportError { code: UNREADABLE, detail: "The file could not be read to its end. Upload it again.".into() }
}
