//! Parses one text as a video's id or link. All shapes of URLs are known here only.
//!
//! The shapes are those of yt-dlp's `_VALID_URL` for YouTube and of the tests of NewPipeExtractor's link handler; `hosts` knows the other
//! sites that show YouTube's videos.

mod address;
mod hosts;

use url::Url;

use self::address::{pairs, query_value, relative, segments, shorten_host, to_url, unwrap_app_scheme};
use crate::text::trim_invisible;

/// The reason why a text is rejected that is neither.
pub(crate) const NOT_A_LINK_OR_ID: &str = "This is neither a link to a YouTube video nor a video's id (eleven letters, digits, - or _).";

/// A page of an extension that does not say which page it stands for.
const BROWSER_PAGE: &str = "This is a page of a browser's extension, not of YouTube.";
const WRAPPED_TOO_DEEP: &str =
    "This link is wrapped in too many others to say where it leads. Open it, and use the address that the browser then shows.";

/// Words in the place of an id and of its length: `/embed/videoseries?list=…`, `/embed/live_stream?channel=…`.
const RESERVED_WORDS: [&str; 2] = ["videoseries", "live_stream"];
/// How deep a link may be wrapped in others.
const MAX_WRAPPINGS: u32 = 6;
/// Videos of one `watch_videos` link; YouTube plays 50.
const MAX_VIDEOS_PER_LINK: usize = 200;
/// YouTube's own hosts, beside those below `youtube.com`, and those under which translators and players know it.
const YOUTUBE_HOSTS: [&str; 11] = [
    "youtube.com",
    "youtu.be",
    "y2u.be",
    "youtube.googleapis.com",
    "youtube-nocookie.com",
    "youtubekids.com",
    "youtubeeducation.com",
    "plugin.video.youtube",
    "www-youtube-com.translate.goog",
    "m-youtube-com.translate.goog",
    "youtube-com.translate.goog",
];
/// What a text is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum ParsedVideo {
    /// A bare id.
    Id(String),
    /// A link to one video, or to several.
    Link(VideoLink),
    /// Neither an id nor a link.
    Malformed,
    /// A link to something else; the sentence says to what.
    OtherLink(String),
}

/// A link to videos.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct VideoLink {
    /// Never empty; more than one for `watch_videos?video_ids=`.
    pub(crate) ids: Vec<String>,
    /// The host, where it is not YouTube's.
    pub(crate) front_end: Option<String>,
}

/// White space around the text does not matter.
pub(crate) fn parse(text: &str) -> ParsedVideo {
    let text = trim_invisible(text);
    if is_id(text) {
        return ParsedVideo::Id(text.to_owned());
    }
    let address = match unwrap_app_scheme(text) {
        Some(inner) if is_id(leading_id(inner)) => return ParsedVideo::Link(VideoLink::youtube(leading_id(inner))),
        inner => address::decoded(inner.unwrap_or(text)),
    };
    to_url(&address).or_else(|| relative(&address)).map_or(ParsedVideo::Malformed, |url| parse_url(&url, MAX_WRAPPINGS))
}

impl VideoLink {
    fn youtube(id: &str) -> Self {
        Self { ids: vec![id.to_owned()], front_end: None }
    }
}

fn parse_url(url: &Url, wrappings: u32) -> ParsedVideo {
    let host = url.host_str().unwrap_or_default().trim_end_matches('.');
    let host = host.strip_prefix("www.").unwrap_or(host);
    if host.is_empty() {
        return ParsedVideo::Malformed;
    }
    if url.scheme().ends_with("extension") {
        return address::suspended(url).map_or_else(|| ParsedVideo::OtherLink(BROWSER_PAGE.into()), |inner| parse_url(&inner, wrappings));
    }
    let wrapped = || wrapped_link(url, wrappings).unwrap_or_else(|| ParsedVideo::OtherLink(other_site(host)));
    match host {
        _ if YOUTUBE_HOSTS.contains(&host) || host.ends_with(".youtube.com") => youtube_link(url, &segments(url), wrappings),
        _ if host == "ytimg.com" || host.ends_with(".ytimg.com") => thumbnail(url).map_or_else(no_video, ParsedVideo::Link),
        "archive.org" | "wayback-fakeurl.archive.org" => archived(url).map_or_else(wrapped, |id| ParsedVideo::Link(VideoLink::youtube(&id))),
        _ if hosts::is_redirector(host) => wrapped(),
        _ if hosts::is_front_end(host) => front_end_link(url, host, wrappings),
        _ => ParsedVideo::OtherLink(other_site(host)),
    }
}

fn youtube_link(url: &Url, segments: &[String], wrappings: u32) -> ParsedVideo {
    // A page that only forwards may say of which video it was asked for, beside the one that it leads to.
    let forwards = matches!(segments.first().map(String::as_str), Some("redirect" | "attribution_link" | "signin" | "ServiceLogin" | "oembed"));
    let own = || video_of(url, segments).map(ParsedVideo::Link);
    let wrapped = || wrapped_link(url, wrappings);
    if let Some(found) = if forwards { wrapped().or_else(own) } else { own().or_else(wrapped) } {
        return found;
    }
    match segments.first().map(String::as_str) {
        Some("playlist") => ParsedVideo::OtherLink("This is a link to a playlist, not to a video.".into()),
        Some("channel" | "c" | "user") => ParsedVideo::OtherLink("This is a link to a channel, not to a video.".into()),
        Some(name) if name.starts_with('@') => ParsedVideo::OtherLink("This is a link to a channel, not to a video.".into()),
        Some("clip") => ParsedVideo::OtherLink("This is a link to a clip; it does not say of which video. Use the link to the video.".into()),
        _ => no_video(),
    }
}

/// `archive.org/details/youtube-ID`, and what the Wayback Machine calls a video itself, `wayback-fakeurl.archive.org/yt/ID`.
fn archived(url: &Url) -> Option<String> {
    match &segments(url)[..] {
        [details, item, ..] if details == "details" => item.strip_prefix("youtube-").and_then(clean_id),
        [site, id] if site == "yt" => clean_id(id),
        _ => None,
    }
}

/// The same paths as YouTube's, and `host/ID`; `farside.link/invidious/watch?v=…` has a word before them.
fn front_end_link(url: &Url, host: &str, wrappings: u32) -> ParsedVideo {
    let segments = segments(url);
    let found = (0..segments.len().clamp(1, 2)).find_map(|from| {
        let path = segments.get(from..).unwrap_or_default();
        let bare = || path.first().filter(|_| path.len() == 1).and_then(|word| clean_id(word));
        video_of(url, path).or_else(|| bare().map(|id| VideoLink::youtube(&id)))
    });
    match found {
        Some(link) => ParsedVideo::Link(VideoLink { front_end: Some(shorten_host(host)), ..link }),
        None => wrapped_link(url, wrappings)
            .unwrap_or_else(|| ParsedVideo::OtherLink(format!("This link to {} does not name a video.", shorten_host(host)))),
    }
}

/// The video that path and query name.
fn video_of(url: &Url, segments: &[String]) -> Option<VideoLink> {
    if let Some(ids) = query_value(url, "video_ids") {
        let ids: Vec<String> = ids.split(',').filter_map(clean_id).take(MAX_VIDEOS_PER_LINK).collect();
        return (!ids.is_empty()).then_some(VideoLink { ids, front_end: None });
    }
    let first = segments.first().map_or("", String::as_str);
    let in_path = match first {
        "watch" | "watch_popup" | "shorts" | "embed" | "live" | "v" | "vi" | "vi_webp" | "e" | "w" | "video" => segments.get(1),
        _ if matches!(url.host_str(), Some("youtu.be" | "y2u.be" | "www.youtu.be")) => segments.first(),
        _ => None,
    };
    let in_query = || ["v", "vi", "video_id", "videoId", "videoid"].iter().find_map(|name| query_value(url, name)).and_then(|id| clean_id(&id));
    in_path.and_then(|id| clean_id(id)).or_else(in_query).or_else(|| in_fragment(url)).map(|id| VideoLink::youtube(&id))
}

/// `/#/watch?v=ID`, `#!v=ID`, and `/user/NAME#p/u/1/ID`, which YouTube's pages had in their address.
fn in_fragment(url: &Url) -> Option<String> {
    let fragment = url.fragment()?.trim_start_matches('!');
    if fragment.starts_with('/') || fragment.starts_with("watch?") {
        let inner = Url::parse("https://www.youtube.com/").ok()?.join(&fragment.replace('#', "")).ok()?;
        return video_of(&inner, &segments(&inner)).and_then(|link| link.ids.into_iter().next());
    }
    let by_name = fragment.split(['&', '?', ';']).find_map(|piece| piece.strip_prefix("v=")).and_then(clean_id);
    by_name.or_else(|| fragment.strip_prefix("p/").and_then(|path| path.rsplit('/').next()).and_then(clean_id))
}

/// What the address carries in a parameter or behind its own path: a page that asks for consent or a sign-in, or one that redirects.
fn wrapped_link(url: &Url, wrappings: u32) -> Option<ParsedVideo> {
    let Some(wrappings) = wrappings.checked_sub(1) else {
        let has_link = pairs(url).iter().any(|(_, value)| value.starts_with("https://") || value.starts_with("http://"));
        return has_link.then(|| ParsedVideo::OtherLink(WRAPPED_TOO_DEEP.into()));
    };
    let base = Url::parse("https://www.youtube.com/").ok()?;
    let in_query = pairs(url).into_iter().map(|(_, value)| value);
    let path = &url[url::Position::BeforePath..];
    let path_len = url.path().len();
    let is_in_path = |at: &usize| *at < path_len || path[..*at].ends_with('?');
    let in_path = ["https:/", "http:/"].iter().find_map(|start| path.find(start).filter(is_in_path).map(|at| &path[at..]));
    // A mail filter marks the end of what it wrapped, and some sites make one slash of two.
    let in_path = in_path.map(|link| link.split("__;").next().unwrap_or(link).replacen(":/", "://", 1).replacen(":///", "://", 1));
    let amp = path.strip_prefix("/amp/s/").map(|rest| rest.replacen("%3f", "?", 1).replacen("%3F", "?", 1));
    let is_proofpoint = url.host_str() == Some("urldefense.proofpoint.com");
    let in_query = in_query.map(move |value| if is_proofpoint { hosts::proofpoint(&value) } else { value });
    in_query.chain(in_path).chain(amp).find_map(|value| {
        let value = trim_invisible(&value);
        let inner = match unwrap_app_scheme(value) {
            Some(inner) => to_url(inner),
            None if value.starts_with('/') && !value.starts_with("//") => base.join(value).ok(),
            None => to_url(value),
        };
        Some(parse_url(&inner?, wrappings)).filter(|found| match found {
            ParsedVideo::Link(_) => true,
            ParsedVideo::OtherLink(reason) => reason == WRAPPED_TOO_DEEP,
            _ => false,
        })
    })
}

/// `i.ytimg.com/vi/ID/hqdefault.jpg`, `img.youtube.com/vi/ID/0.jpg`.
fn thumbnail(url: &Url) -> Option<VideoLink> {
    let segments = segments(url);
    let at = segments.iter().position(|word| matches!(word.as_str(), "vi" | "vi_webp" | "an_webp"))?;
    Some(VideoLink::youtube(&clean_id(segments.get(at + 1)?)?))
}

fn no_video() -> ParsedVideo {
    ParsedVideo::OtherLink("This YouTube link does not name a video.".into())
}

fn other_site(host: &str) -> String {
    format!("This is a link to {}, not to YouTube.", shorten_host(host))
}

/// Whether this is well-formed: eleven of `[A-Za-z0-9_-]`. Nothing more is checked.
pub fn is_id(text: &str) -> bool {
    text.len() == 11 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// The text, where it is a playlist's id: `PL…`, `LL…` (liked), `WL…` (watch later), `FL…` (favourites) and a few more. YouTube Music puts
/// `VL` before it.
pub(crate) fn playlist_id(text: &str) -> Option<String> {
    let text = text.strip_prefix("VL").unwrap_or(text);
    let known = ["PL", "LL", "WL", "FL", "OL", "UU", "RD"].iter().any(|start| text.starts_with(start));
    let is_id = known && text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    is_id.then(|| text.to_owned())
}

/// Whether an id could be a word or a name: `introductio`, `Mississippi`, `CONNECTICUT`, `easy-to-use`, `watch_later`. One in a million real
/// ids is.
pub(crate) fn is_plain_word(id: &str) -> bool {
    let letters = id.replace(['-', '_'], "");
    let tail_is_lower = letters.bytes().skip(1).all(|b| b.is_ascii_lowercase());
    letters.bytes().all(|b| b.is_ascii_alphabetic()) && (tail_is_lower || letters.bytes().all(|b| b.is_ascii_uppercase()))
}

/// People append parameters by hand, `youtu.be/ID&t=3`, and the punctuation of a sentence, `(watch?v=ID).`
fn clean_id(text: &str) -> Option<String> {
    let id = leading_id(text);
    (is_id(id) && !RESERVED_WORDS.contains(&id)).then(|| id.to_owned())
}

fn leading_id(text: &str) -> &str {
    let text = trim_invisible(text);
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_').unwrap_or(text.len());
    // `3DJ2Rvr61bm=` is a half of `=3D` and an id in a mail's encoding.
    if text[end..].starts_with('=') { "" } else { &text[..end] }
}
