//! Texts as URLs, as people and programs write them, and the parts of URLs.

use std::borrow::Cow;

use url::Url;

/// Schemes that apps put before an id or a link.
const APP_SCHEMES: [&str; 11] = [
    "about:reader?url=",
    "vnd.youtube.launch:",
    "vnd.youtube:",
    "youtube-music:",
    "youtube:",
    "youtubei:",
    "freetube:",
    "grayjay:",
    "ytdl:",
    "view-source:",
    "intent:",
];

/// What stands behind `vnd.youtube:` and its like; behind any other scheme, where it is a web address.
pub(super) fn unwrap_app_scheme(text: &str) -> Option<&str> {
    let strip = |scheme: &&str| text.get(..scheme.len()).filter(|start| start.eq_ignore_ascii_case(scheme)).map(|_| &text[scheme.len()..]);
    Some(APP_SCHEMES.iter().find_map(strip)?.trim_start_matches('/'))
}

/// An address whose punctuation is percent-encoded.
pub(super) fn decoded(text: &str) -> Cow<'_, str> {
    let is_encoded = text.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("http%3A") || start.eq_ignore_ascii_case("https%3"));
    if is_encoded { percent_encoding::percent_decode_str(text).decode_utf8_lossy() } else { Cow::Borrowed(text) }
}

/// The page that an extension has put to sleep: `chrome-extension://…/suspended.html#ttl=Title&pos=0&uri=https://…`, or in a parameter `url`.
pub(super) fn suspended(url: &Url) -> Option<Url> {
    let text = url.as_str();
    let at = ["uri=", "url=", "u="].iter().find_map(|name| {
        let at = text.find(&format!("&{name}")).or_else(|| text.find(&format!("?{name}"))).or_else(|| text.find(&format!("#{name}")))?;
        Some(at + 1 + name.len())
    })?;
    to_url(&decoded(&text[at..]))
}

/// `/watch?v=ID`, as Piped's API and YouTube's pages have it.
pub(super) fn relative(text: &str) -> Option<Url> {
    ["/watch?", "/shorts/", "/live/", "watch?v="]
        .iter()
        .any(|start| text.starts_with(start))
        .then(|| Url::parse("https://www.youtube.com/").ok()?.join(text).ok())
        .flatten()
}

/// The text as a URL, also when the scheme is missing.
pub(super) fn to_url(text: &str) -> Option<Url> {
    let lower = text.get(..8).unwrap_or(text).to_ascii_lowercase();
    if lower.starts_with("http://") || lower.starts_with("https://") {
        return Url::parse(text).ok();
    }
    if let Some((scheme, rest)) = text.split_once("://") {
        if rest.starts_with("http://") || rest.starts_with("https://") {
            return to_url(rest);
        }
        // Any other scheme is a link as well, to something else.
        return (!scheme.is_empty() && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-'))
            .then(|| Url::parse(text).ok())
            .flatten();
    }
    let bare = text.strip_prefix("//").unwrap_or(text);
    let host = bare.split(['/', '?', '#']).next().unwrap_or_default();
    let is_host = host.contains('.') && host.len() < bare.len() && host.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | ':'));
    let is_www = host.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("www."));
    (is_host || is_www).then(|| Url::parse(&format!("https://{bare}")).ok()).flatten()
}

/// Path segments without empty ones, decoded: a browser shows `/watch%3Fv%3DID` for an address that was encoded once too often.
pub(super) fn segments(url: &Url) -> Vec<String> {
    let decode = |word: &str| percent_encoding::percent_decode_str(word).decode_utf8_lossy().into_owned();
    url.path_segments().into_iter().flatten().filter(|segment| !segment.is_empty()).take(12).map(decode).collect()
}

/// Names and values of the query, which old addresses separate by `;`. An address that was copied from a page's source has `&amp;`.
pub(super) fn pairs(url: &Url) -> Vec<(String, String)> {
    let pieces = url.query().unwrap_or_default().split(['&', ';']).filter(|piece| !piece.is_empty()).take(50);
    // `watch?v%3DID` was encoded once too often.
    let whole = |piece: &'_ str| if piece.contains('=') { piece.to_owned() } else { piece.replacen("%3D", "=", 1).replacen("%3d", "=", 1) };
    pieces.flat_map(|piece| url::form_urlencoded::parse(whole(piece).as_bytes()).into_owned().collect::<Vec<_>>()).collect()
}

pub(super) fn query_value(url: &Url, name: &str) -> Option<String> {
    pairs(url).into_iter().find(|(key, _)| key.trim_start_matches("amp;").trim_start_matches('?') == name).map(|(_, value)| value)
}

pub(super) fn shorten_host(host: &str) -> String {
    host.chars().take(80).collect()
}
