//! Saves receipts, whole or not at all.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use app::wire::Problem;
use tempfile::NamedTempFile;

use super::{jobs::FollowedJob, problem, server::Server};
use crate::{config::ImportArgs, export::safe_file_name, import::source_name};

/// Receipts with the same name and different numbers in one folder.
const MAX_RECEIPTS: u32 = 1000;

/// Downloads a job's receipt and returns its path.
pub(super) async fn save(args: &ImportArgs, server: &Server, job: &FollowedJob, several: bool) -> Result<PathBuf, Problem> {
    let unsaved = |error: io::Error| {
        problem("receipt_unsaved", format!("The receipt could not be saved: {error}. It is still available at the server, with the job."))
    };
    let mut answer = server.receipt(job.id()).await?;
    let (folder, name) = destination(args, job, several);
    std::fs::create_dir_all(&folder).map_err(unsaved)?;
    let mut file = NamedTempFile::new_in(&folder).map_err(unsaved)?;
    while let Some(chunk) = answer.chunk().await.map_err(|error| unsaved(io::Error::other(error.without_url())))? {
        file.write_all(&chunk).map_err(unsaved)?;
    }
    match name {
        FileName::Exact(name) => {
            let path = folder.join(name);
            file.persist(&path).map_err(|error| unsaved(error.error))?;
            Ok(path)
        }
        FileName::Free(stem) => persist_under_free_name(file, &folder, &stem).map_err(unsaved),
    }
}

enum FileName {
    /// Replaces an existing file: it was asked for.
    Exact(String),
    /// Numbered until it is free: an earlier receipt may have been corrected by hand.
    Free(String),
}

fn destination(args: &ImportArgs, job: &FollowedJob, several: bool) -> (PathBuf, FileName) {
    // Of several files, the one that the job is about.
    let is_named = |path: &&PathBuf| path.file_name().map(|name| source_name(&name.to_string_lossy())) == job.source_name;
    let file = args.files.iter().find(is_named).or(args.files.first()).map(PathBuf::as_path);
    let stem = file.and_then(Path::file_stem).map_or_else(|| job.id().to_string(), |stem| stem.to_string_lossy().into_owned());
    let stem = match &job.list_name {
        Some(list) if several => format!("{stem}.{}.receipt", safe_file_name(list)),
        _ => format!("{stem}.receipt"),
    };
    match &args.receipt {
        Some(path) if several || path.is_dir() => (path.clone(), FileName::Free(stem)),
        Some(path) => {
            let name = path.file_name().map_or_else(|| "receipt.csv".into(), |name| name.to_string_lossy().into_owned());
            (folder_of(path), FileName::Exact(name))
        }
        None => (file.map_or_else(|| ".".into(), folder_of), FileName::Free(stem)),
    }
}

fn folder_of(path: &Path) -> PathBuf {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).map_or_else(|| ".".into(), Path::to_path_buf)
}

fn persist_under_free_name(mut file: NamedTempFile, folder: &Path, stem: &str) -> io::Result<PathBuf> {
    for n in 1..=MAX_RECEIPTS {
        let path = folder.join(if n == 1 { format!("{stem}.csv") } else { format!("{stem}-{n}.csv") });
        match file.persist_noclobber(&path) {
            Ok(_) => return Ok(path),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => file = error.file,
            Err(error) => return Err(error.error),
        }
    }
    Err(io::Error::other("there are too many receipts of that name; set another path with --receipt"))
}
