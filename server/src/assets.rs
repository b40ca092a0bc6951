//! The built site: embedded in release binaries, read from disk by debug ones. Not memory-serve, which has one `Cache-Control` for hashed
//! and unhashed names alike, and compresses again what `script/build` has compressed.

use app::shell::Assets;
use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rust_embed::{Embed, EmbeddedFile};
use serde::Deserialize;

/// File names in here contain a hash of the content.
const HASHED_DIR: &str = "pkg/";

#[derive(Embed)]
#[folder = "$PLAYMARKS_SITE"]
struct Site;

#[derive(Deserialize)]
struct Manifest {
    js: String,
    wasm: String,
    css: String,
}

/// The URLs of script, WASM and style sheet: from the manifest that `script/build` writes, else as `cargo leptos watch` names them.
pub(crate) fn manifest() -> Assets {
    let file = Site::get("manifest.json").and_then(|file| serde_json::from_slice::<Manifest>(&file.data).ok());
    match file {
        Some(Manifest { js, wasm, css }) => Assets { js, wasm, css },
        None => Assets { js: "/pkg/playmarks.js".into(), wasm: "/pkg/playmarks.wasm".into(), css: "/pkg/playmarks.css".into() },
    }
}

/// Responds with a file of the site, in the smallest encoding that exists and the client accepts. `None` if there is no such file.
pub(crate) fn serve(uri: &Uri, headers: &HeaderMap) -> Option<Response> {
    let path = uri.path().trim_start_matches('/');
    // The manifest is for the server, and encoded files are served under the plain name. Debug binaries read from disk, where `..` would get
    // around this check.
    if path == "manifest.json" || path.contains("..") || path.ends_with(".br") || path.ends_with(".gz") {
        return None;
    }
    let plain = Site::get(path)?;
    let (encoding, file) = find_encoded(path, headers).map_or((None, plain), |(encoding, file)| (Some(encoding), file));
    Some(respond(path, headers, encoding, file))
}

fn find_encoded(path: &str, headers: &HeaderMap) -> Option<(&'static str, EmbeddedFile)> {
    let accepted = headers.get(header::ACCEPT_ENCODING)?.to_str().ok()?;
    [("br", "br"), ("gzip", "gz")].into_iter().find_map(|(encoding, suffix)| {
        let is_accepted = accepted.split(',').any(|item| {
            let (name, weight) = item.split_once(';').unwrap_or((item, ""));
            name.trim() == encoding && weight.trim() != "q=0"
        });
        Some((encoding, Site::get(&format!("{path}.{suffix}")).filter(|_| is_accepted)?))
    })
}

fn respond(path: &str, headers: &HeaderMap, encoding: Option<&'static str>, file: EmbeddedFile) -> Response {
    let etag = format!("\"{}{}\"", URL_SAFE_NO_PAD.encode(&file.metadata.sha256_hash()[..12]), encoding.unwrap_or_default());
    let cache_control = if path.starts_with(HASHED_DIR) && is_hashed(path) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let is_cached = headers.get(header::IF_NONE_MATCH).is_some_and(|value| value.as_bytes() == etag.as_bytes());
    let mut response = if is_cached { StatusCode::NOT_MODIFIED.into_response() } else { Body::from(file.data.into_owned()).into_response() };
    let mime = mime_guess::from_path(path).first_or_octet_stream();
    let mut set = |name, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    };
    set(header::CONTENT_TYPE, mime.as_ref());
    set(header::CACHE_CONTROL, cache_control);
    set(header::ETAG, &etag);
    set(header::VARY, "accept-encoding");
    if let Some(encoding) = encoding {
        set(header::CONTENT_ENCODING, encoding);
    }
    response
}

/// `playmarks.<hash>.js`, unlike `playmarks.js`, which `cargo leptos watch` overwrites.
fn is_hashed(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|name| name.split('.').count() > 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_is_immutable_when_its_name_has_a_hash() {
        assert!(is_hashed("pkg/playmarks.0123abcd.wasm"));
        assert!(!is_hashed("pkg/playmarks.wasm"));
    }

    #[test]
    fn path_outside_the_site_is_not_served() {
        for path in ["/manifest.json", "/../Cargo.toml", "/pkg/../manifest.json", "/nothing"] {
            assert!(serve(&path.parse().unwrap(), &HeaderMap::new()).is_none(), "{path}");
        }
    }
}
