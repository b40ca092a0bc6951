//! Dropped folders: <https://wicg.github.io/entries-api/>.

use std::collections::VecDeque;

use js_sys::{Array, Promise};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, FileSystemDirectoryEntry, FileSystemEntry, FileSystemFileEntry};

use super::MAX_FILES;
use crate::{browser::rest::ChosenFile, wire::Problem};

/// The files and those in folders, to any depth, each with its path.
///
/// # Errors
/// There are more than a thousand files or folders, or one cannot be read.
pub(super) async fn read_entries(entries: Vec<FileSystemEntry>) -> Result<Vec<ChosenFile>, Problem> {
    let (mut files, mut folders, mut waiting) = (Vec::new(), 0, VecDeque::from(entries));
    while let Some(entry) = waiting.pop_front() {
        let path = entry.full_path();
        if files.len() == MAX_FILES || folders == MAX_FILES || waiting.len() > 2 * MAX_FILES {
            return Err(too_many());
        }
        if entry.is_file() {
            let file = read_file(entry.unchecked_ref()).await.map_err(|_| unreadable(&path))?;
            files.push(ChosenFile { file, path: path.trim_start_matches('/').to_owned() });
        } else {
            folders += 1;
            let inside = read_folder(entry.unchecked_ref()).await.map_err(|_| unreadable(&path))?;
            waiting.extend(inside);
        }
    }
    Ok(files)
}

async fn read_file(entry: &FileSystemFileEntry) -> Result<File, JsValue> {
    let promise = Promise::new(&mut |resolve, reject| entry.file_with_callback_and_callback(&resolve, &reject));
    Ok(JsFuture::from(promise).await?.unchecked_into())
}

/// At most so many that the limit is seen to be exceeded.
async fn read_folder(entry: &FileSystemDirectoryEntry) -> Result<Vec<FileSystemEntry>, JsValue> {
    let (reader, mut inside) = (entry.create_reader(), Vec::new());
    while inside.len() <= 2 * MAX_FILES {
        let promise = Promise::new(&mut |resolve, reject| {
            // A failure is told by `reject`.
            let _ = reader.read_entries_with_callback_and_callback(&resolve, &reject);
        });
        // A part of them, until none are left.
        let part: Array = JsFuture::from(promise).await?.unchecked_into();
        if part.length() == 0 {
            break;
        }
        inside.extend(part.iter().map(JsCast::unchecked_into::<FileSystemEntry>));
    }
    Ok(inside)
}

pub(super) fn too_many() -> Problem {
    let detail = "These are more than 1 000 files. Drop only the folder with the playlists in it, or choose the files.";
    Problem::new(0, "too_many_entries", "Too many files", detail)
}

fn unreadable(path: &str) -> Problem {
    Problem::new(0, "unreadable_file", "Not readable", format!("“{path}” could not be read. Nothing was imported; try again."))
}
