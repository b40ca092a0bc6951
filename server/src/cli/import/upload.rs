//! Uploads the file into one list, or into a list for each of its playlists.

use std::path::Path;

use app::wire::{BulkResult, ImportResult, ImportedList, List, Problem};
use reqwest::{
    Body, Method,
    multipart::{Form, Part},
};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::{
    problem,
    server::{Server, read},
};
use crate::config::ImportArgs;

/// Uploads or previews the file.
///
/// # Errors
/// The file could not be read or was refused. Nothing is stored then.
pub(super) async fn send(args: &ImportArgs, file: &Path, server: &Server) -> Result<Vec<ImportedList>, Problem> {
    // Before a list is created for it.
    drop(open(file)?);
    let query = if args.dry_run { "?dry_run=true" } else { "" };
    let Some(wanted) = &args.list else {
        return Ok(upload::<ImportResult>(server, &format!("/api/imports{query}"), file).await?.jobs);
    };
    let (list, is_new) = match find_list(server, wanted).await? {
        Some(list) => (list, false),
        None => (server.new_list(wanted).await?, true),
    };
    let result = upload::<BulkResult>(server, &format!("/api/lists/{}/videos/bulk{query}", list.id), file).await;
    if is_new && (args.dry_run || result.is_err()) {
        // It was created only for this upload.
        server.delete_list(list.id).await?;
    }
    let list_id = (!is_new || !args.dry_run).then_some(list.id);
    Ok(vec![ImportedList { list_id, list_name: list.name, source_name: None, result: result? }])
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

async fn upload<T: DeserializeOwned>(server: &Server, path: &str, file: &Path) -> Result<T, Problem> {
    let name = file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let build = || {
        let content = open(file)?;
        let length = content.metadata().map_err(|error| unreadable(file, &error))?.len();
        let part = Part::stream_with_length(Body::from(tokio::fs::File::from_std(content)), length).file_name(name.clone());
        Ok(server.request(Method::POST, path).multipart(Form::new().part("file", part)))
    };
    read(server.send(build).await?).await
}

fn open(file: &Path) -> Result<std::fs::File, Problem> {
    let opened = std::fs::File::open(file).map_err(|error| unreadable(file, &error))?;
    match opened.metadata() {
        Ok(about) if about.is_file() => Ok(opened),
        _ => Err(problem("unreadable_file", format!("{} is not a file.", file.display()))),
    }
}

fn unreadable(file: &Path, error: &std::io::Error) -> Problem {
    problem("unreadable_file", format!("{} could not be read: {error}.", file.display()))
}
