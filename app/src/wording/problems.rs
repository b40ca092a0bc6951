//! Sentences for the codes that pages get in `?problem=` and `?done=` after a form was submitted without script.

use crate::wire::Problem;

pub(crate) fn sentence(code: &str) -> &'static str {
    match code {
        "email_taken" => "There is an account with this address already. Sign in instead.",
        "weak_password" => "Choose a password of 8 to 200 characters that is not easily guessed.",
        "bad_email" => "This does not look like an e-mail address. Check it for a missing @ or dot.",
        "wrong_credentials" => "The e-mail address or the password is not right. Try again.",
        "too_many_attempts" => "There were too many attempts. Wait a few minutes, then try again.",
        "registration_closed" => "New accounts cannot be made here. Ask whoever runs this server.",
        "bad_name" => "A list needs a name of 1 to 150 characters.",
        "empty_file" => "The file is empty. Choose another one.",
        "binary_file" => "This is neither a text file nor an archive of them. Choose a Takeout archive, a CSV file, or a list of links.",
        "nothing_recognised" => "No YouTube videos were found in this file. Choose a Takeout archive, or a file with one link a line.",
        "history_file" => "This file is the history of what was watched, not a playlist. In Takeout, look in the folder “playlists”.",
        "broken_archive" => "The archive is damaged or not whole. Download it again, and upload it as it comes.",
        "encrypted_archive" => "The archive is locked with a password. Unpack it, and upload the files in it.",
        "archive_too_large" => "There is more in this archive than an import may unpack. Upload its files by themselves.",
        "too_many_entries" | "too_many_lists" => "There are more files or lists in this upload than one import may have. Upload it in parts.",
        "subscriptions_file" => "This file lists the channels you follow, not videos. In Takeout, look in the folder “playlists”.",
        "music_file" => "This file lists songs of your music library, not videos. In Takeout, look in the folder “playlists”.",
        "too_many_lines" => "The file has more lines than one import may have. Split it and upload the parts.",
        "file_missing" => "No file was chosen. Choose one, then upload it.",
        "unreadable_file" => "The file could not be read. Save it again as CSV or plain text and try once more.",
        "broken_upload" | "incomplete_body" | "multipart_expected" => "The upload broke off. Nothing of it was stored; try again.",
        "too_large" | "file_too_large" => "The file is larger than an upload may be. Split it and upload the parts.",
        "job_active" => "The job is still running. Wait until it has ended, or cancel it.",
        "nothing_to_retry" => "Nothing is left to try again: every video of this job has succeeded.",
        "wrong_password" => "The current password is not right. Nothing was changed; try again.",
        "not_a_video" => "This is not a link to a YouTube video, nor the id of one. Copy the address of the video’s page.",
        "video_deleted" => "The video was deleted while it was added. Add it again.",
        "too_many_ids" => "These are more videos than can be deleted at once. Select fewer.",
        "session_not_found" => "This session has ended already.",
        "list_not_found" => "This list is gone. It may have been deleted in another tab.",
        "job_not_found" => "This job is gone. Its list may have been deleted in another tab.",
        "rate_limited" => "That was too fast. Wait a moment, then try again.",
        "cross_origin" => "This came from another site, so it was not done. Open Playmarks itself and try again.",
        "list_forbidden" | "job_forbidden" => "This belongs to another account. Sign in with that account to see it.",
        "no_room" => "The server has no room for the file right now. Nothing of it was stored; try again later.",
        "busy" => "Many people are signing in right now. Try again in a few seconds.",
        "list_busy" => "Another import is being stored into this list right now. Nothing was changed; try again in a few seconds.",
        "unavailable" => "Playmarks cannot do this right now. Try again in a minute.",
        _ => "That did not work. Try again; if it keeps failing, ask whoever runs this server.",
    }
}

/// Heading, link text and link target for a problem that replaces a page.
pub const fn next_step_link(problem: &Problem) -> (&'static str, &'static str, &'static str) {
    match problem.status {
        400 => ("This address does not work", "Start again", "?"),
        403 => ("This is not yours to see", "To your lists", "/lists"),
        _ => ("This did not work just now", "Try again", ""),
    }
}

/// Confirms what a form has done.
pub(crate) fn done(code: &str) -> Option<&'static str> {
    match code {
        "password" => Some("The password is changed. Every other session was signed out."),
        "sessions" => Some("Every other session was signed out."),
        "session" => Some("The session was signed out."),
        _ => None,
    }
}
