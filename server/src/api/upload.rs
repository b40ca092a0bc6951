//! Receives uploads: streams them to an anonymous temporary file, never into memory.

use std::{fs::File, ops::Range, path::PathBuf, sync::Arc};

use axum::{
    extract::multipart::{Field, Multipart, MultipartError},
    http::StatusCode,
};
use tokio::io::AsyncWriteExt;

use crate::{
    config::Settings,
    error::{AppError, AppResult},
    import::{Upload, UploadedFile},
};

/// Bytes that are read beyond the limit before responding: browsers read the response only after they have sent everything.
const MAX_DRAIN_BYTES: u64 = 64 << 20;

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
            "This is more than the {} MiB that can be uploaded at once. Split it and upload the parts; of an archive from Google Takeout, only the \
             folder “playlists” is needed.",
            self.limit >> 20
        );
        AppError::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail)
    }
}

/// Spools the fields `file`, at most `max_files` of them, one after the other into one file, and makes their names safe to display. It is
/// deleted when dropped, or when the process ends.
///
/// # Errors
/// 400 for a broken upload, 413 `too_large`, 422 `file_missing`, and `too_many` for more files. All of the body is read first, so that
/// browsers see it.
pub(super) async fn receive(mut form: Multipart, settings: &Settings, max_files: u32, too_many: impl Fn() -> AppError) -> AppResult<Upload> {
    let mut size = SizeLimit { limit: settings.import_limits().bytes, read: 0 };
    let (mut spool, mut parts, mut is_over) = (None, Vec::new(), false);
    while let Some(mut field) = form.next_field().await.map_err(broken_upload)? {
        if field.name() != Some("file") || is_over || parts.len() == max_files as usize {
            is_over |= field.name() == Some("file");
            while let Some(chunk) = field.chunk().await.map_err(broken_upload)? {
                size.add(chunk.len())?;
            }
            continue;
        }
        let spool = match &mut spool {
            Some(spool) => spool,
            None => spool.insert(Spool::create(settings.data_dir.clone()).await?),
        };
        parts.push((field.file_name().unwrap_or_default().to_owned(), spool.append(&mut field, &mut size).await?));
    }
    if is_over {
        return Err(too_many());
    }
    let Some(spool) = spool else {
        return Err(AppError::unprocessable("file_missing", "There is no file in this upload. Choose a file, or send it in the field `file`."));
    };
    let file = Arc::new(spool.finish(&size).await?);
    Ok(Upload::new(parts.into_iter().map(|(name, bytes)| UploadedFile::new(Arc::clone(&file), bytes, &name)).collect()))
}

/// The files of an upload on disk, one after the other.
struct Spool {
    file: tokio::fs::File,
    written: u64,
}

impl Spool {
    async fn create(data_dir: PathBuf) -> AppResult<Self> {
        let file = tokio::task::spawn_blocking(move || anonymous_file(&data_dir)).await.map_err(|error| AppError::internal(&error))?;
        Ok(Self { file: tokio::fs::File::from_std(file.map_err(storage_full)?), written: 0 })
    }

    /// Returns where the file is. What is over the limit is read and not written.
    async fn append(&mut self, field: &mut Field<'_>, size: &mut SizeLimit) -> AppResult<Range<u64>> {
        let start = self.written;
        while let Some(chunk) = field.chunk().await.map_err(broken_upload)? {
            if size.add(chunk.len())? {
                self.file.write_all(&chunk).await.map_err(storage_full)?;
                self.written += chunk.len() as u64;
            }
        }
        Ok(start..self.written)
    }

    async fn finish(mut self, size: &SizeLimit) -> AppResult<File> {
        if size.read > size.limit {
            return Err(size.too_large());
        }
        self.file.flush().await.map_err(storage_full)?;
        Ok(self.file.into_std().await)
    }
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

#[cfg(test)]
mod tests {
    use axum::{
        body::Body,
        extract::{FromRequest, Request},
    };

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
        let too_many = || AppError::unprocessable("too_many", "Too many.");
        receive(Multipart::from_request(request, &()).await.unwrap(), &settings, 2, too_many).await
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
        let whole = upload(&[("note", "", b""), ("file", "x/My list.csv", &content)], 0).await.unwrap();
        assert_eq!((whole.name().as_str(), whole.contents()), ("My list.csv", vec![content]));
    }

    #[tokio::test]
    async fn several_files_are_spooled_in_order() {
        let two = upload(&[("file", "a.txt", b"one"), ("note", "", b"-"), ("file", "b.txt", b"two!")], 0).await.unwrap();
        assert_eq!((two.name().as_str(), two.contents()), ("2 files", vec![b"one".to_vec(), b"two!".to_vec()]));
        let three = upload(&[("file", "a", b"one"), ("file", "b", b"two"), ("file", "c", b"three")], 0).await;
        assert_eq!(code(three), (422, "too_many".into()));
        let half = vec![b'x'; 1 << 19];
        let over = upload(&[("file", "a", &half), ("file", "b", &half), ("note", "", b"x")], 0).await;
        assert_eq!(code(over), (413, "too_large".into()), "the limit is that of all files together");
    }

    #[tokio::test]
    async fn upload_is_refused_when_too_large_interrupted_or_without_file() {
        let large = vec![b'x'; (1 << 20) + 1];
        assert_eq!(code(upload(&[("file", "a", &large)], 0).await), (413, "too_large".into()));
        assert_eq!(code(upload(&[("file", "a", b"some")], 8).await), (400, "broken_upload".into()));
        assert_eq!(code(upload(&[("File", "a", b"text")], 0).await), (422, "file_missing".into()));
        assert_eq!(code(upload(&[], 0).await), (422, "file_missing".into()));
    }
}
