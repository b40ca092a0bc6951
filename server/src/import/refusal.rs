//! Why a file is refused: each sentence says what the file is and what to upload instead.

use std::{fmt::Display, io};

use super::ImportError;

/// What can be uploaded.
const INSTEAD: &str = "Upload a playlist from Google Takeout (a file that ends in “-videos.csv”), a table with a column “video_id” or “url”, \
                       or a text file with one YouTube link a line.";

fn refusal(code: &'static str, what: impl Display) -> ImportError {
    ImportError { code, detail: format!("{what} {INSTEAD}") }
}

pub(super) fn empty() -> ImportError {
    refusal("empty_file", "This file is empty.")
}

pub(super) fn no_videos(title: Option<&str>) -> ImportError {
    match title {
        Some(title) => refusal("empty_file", format!("The playlist “{title}” in this file has no videos.")),
        None => refusal("empty_file", "This file has column names but no videos."),
    }
}

pub(super) fn binary(what: &str) -> ImportError {
    refusal("binary_file", format!("This is {what}, not a text file."))
}

pub(super) fn archive() -> ImportError {
    ImportError {
        code: "binary_file",
        detail: "This is a ZIP archive or an Excel workbook, not a text file. Unpack the archive and upload the files that end in “-videos.csv”; \
                 save a workbook as CSV and upload that."
            .into(),
    }
}

pub(super) fn other_text(what: &str) -> ImportError {
    refusal("nothing_recognised", format!("This is {what}, which Playmarks does not read."))
}

pub(super) fn nothing_recognised(lines: u32) -> ImportError {
    let lines = if lines == 1 { "its one line".into() } else { format!("any of its {lines} lines") };
    refusal("nothing_recognised", format!("There is no YouTube video in {lines}."))
}

pub(super) fn subscriptions() -> ImportError {
    refusal("subscriptions_file", "This is the list of channels you are subscribed to; it holds no videos.")
}

pub(super) fn music() -> ImportError {
    refusal("music_file", "This is the list of songs of your YouTube Music library, not a playlist.")
}

pub(super) fn playlists() -> ImportError {
    refusal("nothing_recognised", "This is the table of contents of your playlists; the videos are in the files beside it.")
}

pub(super) fn too_many_lines(most: u32) -> ImportError {
    ImportError {
        code: "too_many_lines",
        detail: format!("This file has more than {most} lines. Split it and upload the parts one after the other."),
    }
}

pub(super) fn too_large(most: u64) -> ImportError {
    ImportError {
        code: "file_too_large",
        detail: format!("This file is larger than {} MiB. Split it and upload the parts one after the other.", most.div_ceil(1 << 20)),
    }
}

/// The cause is for the log; the reader of the answer cannot do anything about the server's disk.
pub(super) fn unreadable(error: io::Error) -> ImportError {
    tracing::warn!(%error, "an upload could not be read");
    ImportError { code: "unreadable_file", detail: "The file could not be read to its end. Upload it again.".into() }
}
