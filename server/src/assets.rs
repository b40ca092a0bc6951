//! The built site: embedded in a release binary, read from disk by a development one. Not memory-serve: it has one `Cache-Control` for
//! hashed and unhashed names alike, and compresses and unpacks once more what `script/build` has compressed.

use app::shell::Assets;
use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rust_embed::{Embed, EmbeddedFile};
use serde::Deserialize;

/// Names under here carry a hash of their content, so they never change.
const HASHED: &str = "pkg/";

#[derive(Embed)]
#[folder = "$PLAYMARKS_SITE"]
struct Site;

#[derive(Deserialize)]
struct Manifest {
    js: String,
    wasm: String,
    css: String,
}

/// Where the script, the WASM and the style sheet are: from the manifest that the build wrote; else the names of `cargo leptos watch`.
pub fn manifest() -> Assets {
    let file = Site::get("manifest.json").and_then(|file| serde_json::from_slice::<Manifest>(&file.data).ok());
    match file {
        Some(Manifest { js, wasm, css }) => Assets { js, wasm, css },
        None => Assets { js: "/pkg/playmarks.js".into(), wasm: "/pkg/playmarks.wasm".into(), css: "/pkg/playmarks.css".into() },
    }
}

/// A file of the site, in the smallest encoding that was built and the client takes. `None` where there is no such file.
pub fn serve(uri: &Uri, headers: &HeaderMap) -> Option<Response> {
    let path = uri.path().trim_start_matches('/');
    // The manifest is the server's own, and the encodings are served under the names of what they encode. A development server reads
    // from disk, where `..` would lead around this.
    if path == "manifest.json" || path.contains("..") || path.ends_with(".br") || path.ends_with(".gz") {
        return None;
    }
    let plain = Site::get(path)?;
    let (encoding, file) = encoded(path, headers).map_or((None, plain), |(encoding, file)| (Some(encoding), file));
    Some(answer(path, headers, encoding, file))
}

fn encoded(path: &str, headers: &HeaderMap) -> Option<(&'static str, EmbeddedFile)> {
    let accepted = headers.get(header::ACCEPT_ENCODING)?.to_str().ok()?;
    [("br", "br"), ("gzip", "gz")].into_iter().find_map(|(encoding, suffix)| {
        let taken = accepted.split(',').any(|item| {
            let (name, weight) = item.split_once(';').unwrap_or((item, ""));
            name.trim() == encoding && weight.trim() != "q=0"
        });
        Some((encoding, Site::get(&format!("{path}.{suffix}")).filter(|_| taken)?))
    })
}

fn answer(path: &str, headers: &HeaderMap, encoding: Option<&'static str>, file: EmbeddedFile) -> Response {
    let tag = format!("\"{}{}\"", URL_SAFE_NO_PAD.encode(&file.metadata.sha256_hash()[..12]), encoding.unwrap_or_default());
    let cache = if path.starts_with(HASHED) && is_hashed(path) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|value| value.as_bytes() == tag.as_bytes());
    let mut response = if known { StatusCode::NOT_MODIFIED.into_response() } else { Body::from(file.data.into_owned()).into_response() };
    let mime = mime_guess::from_path(path).first_or_octet_stream();
    let mut set = |name, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    };
    set(header::CONTENT_TYPE, mime.as_ref());
    set(header::CACHE_CONTROL, cache);
    set(header::ETAG, &tag);
    set(header::VARY, "accept-encoding");
    if let Some(encoding) = encoding {
        set(header::CONTENT_ENCODING, encoding);
    }
    response
}

/// `playmarks.<hash>.js` and not `playmarks.js`, which a watching developer rebuilds under the same name.
fn is_hashed(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|name| name.split('.').count() > 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_a_hash_live_for_ever() {
        assert!(is_hashed("pkg/playmarks.0123abcd.wasm"));
        assert!(!is_hashed("pkg/playmarks.wasm"));
    }

    #[test]
    fn nothing_outside_the_site_is_served() {
        for path in ["/manifest.json", "/../Cargo.toml", "/pkg/../manifest.json", "/nothing"] {
            assert!(serve(&path.parse().unwrap(), &HeaderMap::new()).is_none(), "{path}");
        }
    }
}
