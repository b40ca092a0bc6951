//! Receives uploads: streams them to an anonymous temporary file, never into memory.

use std::{fs::File, path::PathBuf};

use app::wording::is_bidi_control;
use axum::{
    extract::multipart::{Field, Multipart, MultipartError},
    http::StatusCode,
};
use tokio::io::AsyncWriteExt;

use crate::{
    config::Settings,
    error::{AppError, AppResult},
    import::Upload,
};

/// Bytes that are read beyond the limit before responding: browsers read the response only after they have sent everything.
const MAX_DRAIN_BYTES: u64 = 64 << 20;
/// In characters.
const MAX_FILE_NAME_LEN: usize = 200;
/// If the client sends no name.
const DEFAULT_FILE_NAME: &str = "upload";

/// The size of a request, over all of its fields.
struct SizeLimit {
    limit: u64,
    read: u64,
}

impl SizeLimit {
    /// Counts bytes; true while they are within the limit.
    fn add(&mut self, bytes: usize) -> AppResult<bool> {
        self.read += bytes as u64;
        if self.read > self.limit.saturating_add(MAX_DRAIN_BYTES) { Err(self.too_large()) } else { Ok(self.read <= self.limit) }
    }

    fn too_large(&self) -> AppError {
        let detail = format!(
            "The file is larger than the {} MiB that are allowed here. Split it and upload the parts; of an archive from Google Takeout, only the \
             folder “playlists” is needed.",
            self.limit >> 20
        );
        AppError::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail)
    }
}

/// Spools the field `file`, and makes its name safe to display. The file is deleted when dropped, or when the process ends.
///
/// # Errors
/// 400 for a broken upload, 413 `too_large`, 422 `file_missing`.
pub(super) async fn receive(mut form: Multipart, settings: &Settings) -> AppResult<Upload> {
    let mut size = SizeLimit { limit: settings.import_limits().bytes, read: 0 };
    while let Some(mut field) = form.next_field().await.map_err(broken_upload)? {
        if field.name() == Some("file") {
            let name = safe_name(field.file_name().unwrap_or_default());
            let file = spool(&mut field, &mut size, settings.data_dir.clone()).await?;
            return Ok(Upload::single(file, name));
        }
        while let Some(chunk) = field.chunk().await.map_err(broken_upload)? {
            size.add(chunk.len())?;
        }
    }
    Err(AppError::unprocessable("file_missing", "There is no file in this upload. Choose a file, or send it in the field `file`."))
}

async fn spool(field: &mut Field<'_>, size: &mut SizeLimit, data_dir: PathBuf) -> AppResult<File> {
    let file = tokio::task::spawn_blocking(move || anonymous_file(&data_dir)).await.map_err(|error| AppError::internal(&error))?;
    let mut file = tokio::fs::File::from_std(file.map_err(storage_full)?);
    let mut fits = true;
    while let Some(chunk) = field.chunk().await.map_err(broken_upload)? {
        fits = size.add(chunk.len())?;
        if fits {
            file.write_all(&chunk).await.map_err(storage_full)?;
        }
    }
    if !fits {
        return Err(size.too_large());
    }
    file.flush().await.map_err(storage_full)?;
    Ok(file.into_std().await)
}

/// In DATA_DIR, where disk space is planned for; if that fails, in the system's temporary directory.
fn anonymous_file(data_dir: &std::path::Path) -> std::io::Result<File> {
    tempfile::tempfile_in(data_dir).or_else(|_| tempfile::tempfile())
}

fn storage_full(error: std::io::Error) -> AppError {
    tracing::error!(%error, "an upload could not be spooled");
    AppError::new(StatusCode::INSUFFICIENT_STORAGE, "no_room", "The server has no space for the file. Nothing was imported; tell the operator.")
}

fn broken_upload(error: MultipartError) -> AppError {
    tracing::debug!(%error, "an upload was interrupted");
    AppError::new(StatusCode::BAD_REQUEST, "broken_upload", "The upload was interrupted. Nothing was imported; upload the file again.")
}

/// The last component of a path, without control and bidi characters, at most 200 characters.
fn safe_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last.chars().filter(|&c| !c.is_control() && !is_bidi_control(c)).collect();
    let name: String = clean.trim().chars().take(MAX_FILE_NAME_LEN).collect();
    if name.is_empty() { DEFAULT_FILE_NAME.into() } else { name }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Seek};

    use axum::{
        body::Body,
        extract::{FromRequest, Request},
    };
    use proptest::prelude::*;

    use super::*;

    async fn upload(parts: &[(&str, &str, &[u8])], cut: usize) -> AppResult<Upload> {
        let mut body = Vec::new();
        for (name, file_name, content) in parts {
            body.extend(format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file_name}\"\r\n\r\n").bytes());
            body.extend(*content);
            body.extend(b"\r\n");
        }
        body.extend(b"--b--\r\n");
        body.truncate(body.len() - cut);
        let mut request = Request::builder().header("content-type", "multipart/form-data; boundary=b").body(Body::from(body)).unwrap();
        axum::extract::DefaultBodyLimit::disable().apply(&mut request);
        let settings = Settings { max_upload_mib: 1, data_dir: "/nonexistent".into(), ..Settings::defaults() };
        receive(Multipart::from_request(request, &()).await.unwrap(), &settings).await
    }

    fn code<T>(result: AppResult<T>) -> (u16, String) {
        let problem = result.err().unwrap().into_problem();
        (problem.status, problem.code.into_owned())
    }

    #[tokio::test]
    async fn file_is_spooled_completely() {
        let content = vec![b'x'; 1 << 20];
        let over = upload(&[("note", "", b"passed over"), ("file", "My list.csv", &content)], 0).await;
        assert_eq!(code(over), (413, "too_large".into()), "all fields are counted");
        let mut whole = upload(&[("note", "", b""), ("file", "My list.csv", &content)], 0).await.unwrap();
        let mut read = Vec::new();
        let file = whole.first_file();
        file.file.rewind().unwrap();
        file.file.read_to_end(&mut read).unwrap();
        assert_eq!((file.name.as_str(), read.len()), ("My list.csv", content.len()));
    }

    #[tokio::test]
    async fn upload_is_refused_when_too_large_interrupted_or_without_file() {
        let large = vec![b'x'; (1 << 20) + 1];
        assert_eq!(code(upload(&[("file", "a", &large)], 0).await), (413, "too_large".into()));
        assert_eq!(code(upload(&[("file", "a", b"some")], 8).await), (400, "broken_upload".into()));
        assert_eq!(code(upload(&[("File", "a", b"text")], 0).await), (422, "file_missing".into()));
        assert_eq!(code(upload(&[], 0).await), (422, "file_missing".into()));
    }

    #[test]
    fn file_name_is_made_safe_to_display() {
        let long = "é".repeat(300);
        let cases = [
            ("list.csv", "list.csv"),
            ("C:\\fakepath\\a b.csv", "a b.csv"),
            ("../../etc/passwd", "passwd"),
            ("", "upload"),
            (" \u{202e}\n ", "upload"),
            ("a/", "upload"),
        ];
        for (name, safe) in cases {
            assert_eq!(safe_name(name), safe);
        }
        assert_eq!(safe_name(&long).chars().count(), MAX_FILE_NAME_LEN);
    }

    proptest! {
        #[test]
        fn safe_name_is_short_and_on_one_line(name in "\\PC{0,300}|[\\x00-\\x20]{0,9}") {
            let safe = safe_name(&name);
            prop_assert!(!safe.is_empty() && safe.chars().count() <= MAX_FILE_NAME_LEN && !safe.chars().any(char::is_control));
        }
    }
}
