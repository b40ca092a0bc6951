//! Where a receipt is saved: whole, or not at all.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use app::wire::Problem;
use tempfile::NamedTempFile;

use super::{jobs::Followed, problem, server::Server};
use crate::{config::ImportArgs, export::safe_name};

/// Receipts of one file that lie beside it at most.
const MOST_BESIDE: u32 = 1000;

/// Fetches a job's receipt and says where it lies.
pub(super) async fn save(args: &ImportArgs, server: &Server, job: &Followed, several: bool) -> Result<PathBuf, Problem> {
    let unsaved = |error: io::Error| problem("receipt_unsaved", format!("The receipt cannot be saved: {error}. It is kept with the job."));
    let mut answer = server.receipt(job.id()).await?;
    let (folder, name) = place(args, job, several);
    std::fs::create_dir_all(&folder).map_err(unsaved)?;
    let mut file = NamedTempFile::new_in(&folder).map_err(unsaved)?;
    while let Some(chunk) = answer.chunk().await.map_err(|error| unsaved(io::Error::other(error.without_url())))? {
        file.write_all(&chunk).map_err(unsaved)?;
    }
    match name {
        Name::Exactly(name) => {
            let path = folder.join(name);
            file.persist(&path).map_err(|error| unsaved(error.error))?;
            Ok(path)
        }
        Name::Beside(stem) => beside(file, &folder, &stem).map_err(unsaved),
    }
}

enum Name {
    /// As asked for, in the place of what is there.
    Exactly(String),
    /// What begins so and is not there yet: the receipt before may have been corrected by hand.
    Beside(String),
}

fn place(args: &ImportArgs, job: &Followed, several: bool) -> (PathBuf, Name) {
    let file = args.file.as_deref();
    let stem = file.and_then(Path::file_stem).map_or_else(|| job.id().to_string(), |stem| stem.to_string_lossy().into_owned());
    let stem = match &job.list_name {
        Some(list) if several => format!("{stem}.{}.receipt", safe_name(list)),
        _ => format!("{stem}.receipt"),
    };
    match &args.receipt {
        Some(path) if several || path.is_dir() => (path.clone(), Name::Beside(stem)),
        Some(path) => {
            let name = path.file_name().map_or_else(|| "receipt.csv".into(), |name| name.to_string_lossy().into_owned());
            (folder_of(path), Name::Exactly(name))
        }
        None => (file.map_or_else(|| ".".into(), folder_of), Name::Beside(stem)),
    }
}

fn folder_of(path: &Path) -> PathBuf {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).map_or_else(|| ".".into(), Path::to_path_buf)
}

fn beside(mut file: NamedTempFile, folder: &Path, stem: &str) -> io::Result<PathBuf> {
    for n in 1..=MOST_BESIDE {
        let path = folder.join(if n == 1 { format!("{stem}.csv") } else { format!("{stem}-{n}.csv") });
        match file.persist_noclobber(&path) {
            Ok(_) => return Ok(path),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => file = error.file,
            Err(error) => return Err(error.error),
        }
    }
    Err(io::Error::other("there are too many of that name; say --receipt"))
}
