//! Uploads.

use gloo_net::http::Request;
use web_sys::{File, FormData};

use super::http::check;
use crate::wire::Problem;

/// Uploads a file as the form field `file`. Returns the HTML fragment that the server answers.
///
/// # Errors
/// 413, 415 or 422 for a file that cannot be read as a list of videos, with what to do about it.
pub(crate) async fn send_file(path: &str, file: &File) -> Result<String, Problem> {
    // Neither can fail for a file that the browser provided; one that was deleted meanwhile fails when it is sent.
    let form = FormData::new().map_err(|_| Problem::unreachable())?;
    form.append_with_blob_and_filename("file", file, &file.name()).map_err(|_| Problem::unreachable())?;
    let request = Request::post(path).body(form).map_err(|_| Problem::unreachable())?;
    let answer = check(request.send().await.map_err(|_| Problem::unreachable())?).await?;
    answer.text().await.map_err(|_| Problem::unreachable())
}
