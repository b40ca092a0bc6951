//! Sentences for the codes that pages get in `?problem=` and `?done=` after a form was submitted without script.

use crate::wire::Problem;

pub(crate) fn sentence(code: &str) -> &'static str {
    match code {
        "email_taken" => "An account with this address already exists. Sign in instead.",
        "weak_password" => "Choose a password of 8 to 200 characters that is not easily guessed.",
        "bad_email" => "This does not look like an e-mail address. Check it for a missing @ or dot.",
        "wrong_credentials" => "The e-mail address or password is wrong. Try again.",
        "too_many_attempts" => "There were too many attempts. Wait a few minutes, then try again.",
        "registration_closed" => "This server does not accept new accounts. Ask its operator to add one.",
        "bad_name" => "A list needs a name of 1 to 150 characters that can be seen.",
        "empty_file" => "The file is empty. Choose another one.",
        "binary_file" => "This is neither a text file nor an archive of text files. Choose a Takeout archive, a CSV file, or a list of links.",
        "nothing_recognised" => "No YouTube videos were found in this file. Choose a Takeout archive, or a file with one link per line.",
        "history_file" => {
            "This file is a watch history, not a playlist. Playmarks cannot mark videos as watched yet; once it can, the marks can be read from it."
        }
        "comments_file" => "This file has comments or chat messages, not a playlist. In Takeout, look in the folder “playlists”.",
        "uploads_file" => "This file is about videos that you uploaded, not a playlist. In Takeout, look in the folder “playlists”.",
        "broken_database" => "The database is damaged or still in use. Export it again, and upload that file.",
        "broken_archive" => "The archive is damaged or incomplete. Download it again and upload it unchanged.",
        "encrypted_archive" => "The archive is protected by a password. Unpack it and upload its files.",
        "archive_too_large" => "The archive is too large when unpacked. Upload its files one by one.",
        "too_many_entries" | "too_many_lists" => "The upload contains too many files or lists. Upload it in parts.",
        "one_file_only" => "Only one file at a time can go into a list. Import several on the page of your lists: each playlist becomes a list.",
        "some_files_refused" => "Some of the files were not imported, because no videos were found in them. The others were.",
        "subscriptions_file" => "This file lists the channels you follow, not videos. In Takeout, look in the folder “playlists”.",
        "music_file" => "This file lists songs of your music library, not videos. In Takeout, look in the folder “playlists”.",
        "too_many_lines" => "The file has too many lines. Split it and upload the parts.",
        "file_missing" => "No file was chosen. Choose one, then upload it.",
        "unreadable_file" => "The file could not be read to its end. Upload it again.",
        "broken_upload" | "incomplete_body" | "multipart_expected" => "The upload was interrupted. Nothing was stored; try again.",
        "too_large" | "file_too_large" => "The file is too large. Split it and upload the parts.",
        "job_active" => "The job is still running. Wait until it has ended, or cancel it.",
        "nothing_to_retry" => "There is nothing to retry: every video of this job has succeeded.",
        "wrong_password" => "The current password is wrong. Nothing was changed; try again.",
        "not_a_video" => "This is not a YouTube link or video id. Copy the address of the video’s page.",
        "video_deleted" => "The video was deleted while it was added. Add it again.",
        "too_many_ids" => "Too many videos are selected. Select fewer.",
        "session_not_found" => "This session has ended already.",
        "list_not_found" => "This list is gone. It may have been deleted in another tab.",
        "job_not_found" => "This job is gone. Its list may have been deleted in another tab.",
        "too_many_requests" => "There were too many requests. Wait a moment, then try again.",
        "cross_origin" => "This request came from another site and was refused. Open Playmarks itself and try again.",
        "list_forbidden" | "job_forbidden" => "This belongs to another account. Sign in with that account to see it.",
        "no_room" => "The server has no space for the file right now. Nothing was stored; try again later.",
        "too_many_uploads" => "Too many of your uploads are waiting already. Nothing was imported; upload the file again when they are done.",
        "storage_unwritable" => "The server's disk is full or read-only. Nothing was changed or lost. Tell the operator, and try again later.",
        "busy" => "Many people are signing in right now. Try again in a few seconds.",
        "list_busy" => "Another import into this list is in progress. Nothing was changed; try again in a few seconds.",
        "took_too_long" => "This took the database too long and was stopped. Nothing was changed; try again when the server is less busy.",
        "unavailable" => "Playmarks cannot do this right now. Try again in a minute.",
        _ => "That did not work. Try again; if it keeps failing, tell the operator of this server.",
    }
}

/// Heading, link text and link target for a problem that replaces a page.
pub const fn next_step_link(problem: &Problem) -> (&'static str, &'static str, &'static str) {
    match problem.status {
        400 => ("This address is not valid", "Start again", "?"),
        403 => ("You have no access to this page", "Go to your lists", "/lists"),
        _ => ("Something went wrong", "Try again", ""),
    }
}

/// Confirms what a form has done.
pub(crate) fn done(code: &str) -> Option<&'static str> {
    match code {
        "password" => Some("The password was changed. Every other session was signed out."),
        "sessions" => Some("Every other session was signed out."),
        "session" => Some("The session was signed out."),
        _ => None,
    }
}
