//! Uploads files into a list for each of their playlists, or one file into one list.

use std::path::{Path, PathBuf};

use app::wire::{BulkResult, ImportResult, ImportedList, List, Problem};
use futures::{TryStreamExt, stream};
use reqwest::{
    Body, Method,
    multipart::{Form, Part},
};
use serde::de::DeserializeOwned;
use tokio_util::io::ReaderStream;
use uuid::Uuid;

use super::{
    lost_answer::{self, Recovered},
    problem,
    server::{Server, is_answer_lost, read},
};
use crate::config::ImportArgs;

/// What became of an upload.
pub(super) enum UploadOutcome {
    /// The server's answer; of a dry run, what it would do.
    Answered(Vec<ImportedList>),
    /// The answer was lost, and the import was stored.
    Recovered(Recovered),
}

/// Uploads or previews the files.
///
/// # Errors
/// A file could not be read, or all were refused, and nothing is stored; or the answer was lost and no import was found.
pub(super) async fn send(args: &ImportArgs, server: &Server) -> Result<UploadOutcome, Problem> {
    // Before a list is created for them.
    let files = args.files.iter().map(|path| LocalFile::find(path, args.files.len() > 1)).collect::<Result<Vec<_>, _>>()?;
    match &args.list {
        Some(_) if files.len() > 1 => {
            let detail = "Only one file can be imported into a list. Leave --list out, and each playlist in the files becomes a list.";
            Err(problem("one_file_only", detail))
        }
        Some(wanted) if args.dry_run => Ok(UploadOutcome::Answered(vec![preview_into(server, wanted, &files).await?])),
        Some(wanted) => import_into(server, wanted, &files).await,
        None if args.dry_run => Ok(UploadOutcome::Answered(upload::<ImportResult>(server, "/api/imports?dry_run=true", &files).await?.jobs)),
        None => {
            let newest = lost_answer::newest_job(server).await?;
            match upload::<ImportResult>(server, "/api/imports", &files).await {
                Err(lost) if is_answer_lost(&lost) => lost_answer::recover(server, newest, &args.files, None).await.map(UploadOutcome::Recovered),
                answer => Ok(UploadOutcome::Answered(answer?.jobs)),
            }
        }
    }
}

/// Makes nothing, not even the list.
async fn preview_into(server: &Server, wanted: &str, files: &[LocalFile]) -> Result<ImportedList, Problem> {
    match find_list(server, wanted).await? {
        Some(list) => {
            let result = upload::<BulkResult>(server, &format!("/api/lists/{}/videos/bulk?dry_run=true", list.id), files).await?;
            Ok(ImportedList { list_id: Some(list.id), list_name: list.name, source_name: None, result })
        }
        None => {
            let name: String = url::form_urlencoded::byte_serialize(wanted.trim().as_bytes()).collect();
            let mut preview = upload::<ImportResult>(server, &format!("/api/imports?dry_run=true&new_list={name}"), files).await?;
            preview.jobs.pop().ok_or_else(|| problem("not_playmarks", "The server's answer is empty. It is a different version."))
        }
    }
}

async fn import_into(server: &Server, wanted: &str, files: &[LocalFile]) -> Result<UploadOutcome, Problem> {
    let newest = lost_answer::newest_job(server).await?;
    let (list, is_new) = match find_list(server, wanted).await? {
        Some(list) => (list, false),
        None => (server.new_list(wanted).await?, true),
    };
    match upload::<BulkResult>(server, &format!("/api/lists/{}/videos/bulk", list.id), files).await {
        // A new list is kept: the import may be in it.
        Err(lost) if is_answer_lost(&lost) => {
            let paths: Vec<PathBuf> = files.iter().map(|file| file.path.clone()).collect();
            lost_answer::recover(server, newest, &paths, Some(list.id)).await.map(UploadOutcome::Recovered)
        }
        Err(refused) => {
            if is_new {
                // It was created only for this upload.
                server.delete_list(list.id).await?;
            }
            Err(refused)
        }
        Ok(result) => Ok(UploadOutcome::Answered(vec![ImportedList { list_id: Some(list.id), list_name: list.name, source_name: None, result }])),
    }
}

/// By name or id.
async fn find_list(server: &Server, wanted: &str) -> Result<Option<List>, Problem> {
    let id = wanted.parse::<Uuid>().ok();
    let mut found = server.lists().await?.into_iter().filter(|list| list.name == wanted.trim() || Some(list.id) == id);
    let list = found.next();
    if let (Some(one), Some(other)) = (&list, found.next()) {
        let detail = format!("Several lists are called {wanted:?}. Set --list to the id of the right one: {}, {}.", one.id, other.id);
        return Err(problem("list_ambiguous", detail));
    }
    Ok(list)
}

async fn upload<T: DeserializeOwned>(server: &Server, path: &str, files: &[LocalFile]) -> Result<T, Problem> {
    let build = || {
        let form = files.iter().fold(Form::new(), |form, file| form.part("file", file.part()));
        Ok(server.request(Method::POST, path).multipart(form))
    };
    read(server.send(build).await?).await
}

/// A file that can be read.
struct LocalFile {
    path: PathBuf,
    /// What it is called for the server. One of several has its folders with it: they tell which files belong together.
    name: String,
    length: u64,
}

impl LocalFile {
    fn find(path: &Path, is_one_of_several: bool) -> Result<Self, Problem> {
        let unreadable = |error: std::io::Error| problem("unreadable_file", format!("{} could not be read: {error}.", path.display()));
        let about = std::fs::File::open(path).and_then(|file| file.metadata()).map_err(unreadable)?;
        if !about.is_file() {
            return Err(problem("unreadable_file", format!("{} is not a file.", path.display())));
        }
        let name = if is_one_of_several { path.as_os_str() } else { path.file_name().unwrap_or_default() };
        Ok(Self { path: path.into(), name: name.to_string_lossy().into_owned(), length: about.len() })
    }

    /// Opened when it is sent: there may be more files than a process may have open.
    fn part(&self) -> Part {
        let content = stream::once(tokio::fs::File::open(self.path.clone())).map_ok(ReaderStream::new).try_flatten();
        Part::stream_with_length(Body::wrap_stream(content), self.length).file_name(self.name.clone())
    }
}
