//! Uploads.

use gloo_net::http::Request;
use web_sys::FormData;

use super::http::check;
use crate::{actions::ChosenFile, wire::Problem};

/// Uploads files, each as a form field `file` with its path as its name. Returns the HTML fragment that the server answers.
///
/// # Errors
/// 413, 415 or 422 for files that cannot be read as lists of videos, with what to do about it.
pub(crate) async fn send_files(path: &str, files: &[ChosenFile]) -> Result<String, Problem> {
    // Neither can fail for files that the browser provided; one that was deleted meanwhile fails when it is sent.
    let form = FormData::new().map_err(|_| Problem::unreachable())?;
    for ChosenFile { file, path } in files {
        form.append_with_blob_and_filename("file", file, path).map_err(|_| Problem::unreachable())?;
    }
    let request = Request::post(path).body(form).map_err(|_| Problem::unreachable())?;
    let answer = check(request.send().await.map_err(|_| Problem::unreachable())?).await?;
    answer.text().await.map_err(|_| Problem::unreachable())
}
