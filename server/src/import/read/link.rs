//! Parses one text as a video's id or link. All shapes of URLs are known here only.

use url::Url;

/// The reason why a text is rejected that is neither.
pub(crate) const NOT_A_LINK_OR_ID: &str = "This is neither a link to a YouTube video nor a video's id (eleven letters, digits, - or _).";

/// Words in the place of an id and of its length: `/embed/videoseries?list=…`, `/embed/live_stream?channel=…`.
const RESERVED_WORDS: [&str; 2] = ["videoseries", "live_stream"];

/// What a text is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ParsedVideo {
    /// A bare id.
    Id(String),
    /// A link to the video of this id.
    Link(String),
    /// Neither an id nor a link.
    Malformed,
    /// A link to something else; the sentence says to what.
    OtherLink(String),
}

/// White space around the text does not matter.
pub(crate) fn parse(text: &str) -> ParsedVideo {
    let text = trim_invisible(text);
    if is_id(text) {
        return ParsedVideo::Id(text.to_owned());
    }
    let Some(url) = to_url(text) else { return ParsedVideo::Malformed };
    let host = url.host_str().unwrap_or_default().trim_end_matches('.');
    let host = host.strip_prefix("www.").unwrap_or(host);
    let mut path = url.path_segments().into_iter().flatten().filter(|segment| !segment.is_empty());
    let candidate = match host {
        "youtu.be" => path.next().map(str::to_owned),
        "youtube.com" | "m.youtube.com" | "music.youtube.com" | "youtube-nocookie.com" => match path.next() {
            Some("watch" | "watch_popup") => query_value(&url, "v").or_else(|| path.next().map(str::to_owned)),
            Some("shorts" | "embed" | "live" | "v" | "e") => path.next().map(str::to_owned),
            Some("playlist") => return ParsedVideo::OtherLink("This is a link to a playlist, not to a video.".into()),
            Some("channel" | "c" | "user") => return ParsedVideo::OtherLink("This is a link to a channel, not to a video.".into()),
            Some(name) if name.starts_with('@') => return ParsedVideo::OtherLink("This is a link to a channel, not to a video.".into()),
            _ => None,
        },
        "" => return ParsedVideo::Malformed,
        _ => return ParsedVideo::OtherLink(format!("This is a link to {}, not to YouTube.", shorten_host(host))),
    };
    // People append parameters by hand: `youtu.be/ID&t=3`, `watch?v=ID?si=…`.
    let candidate = candidate.as_deref().map_or("", |c| trim_invisible(c.split(['&', '?', '#', '/']).next().unwrap_or_default()));
    if is_id(candidate) && !RESERVED_WORDS.contains(&candidate) {
        ParsedVideo::Link(candidate.to_owned())
    } else {
        ParsedVideo::OtherLink("This YouTube link does not name a video.".into())
    }
}

/// Whether this is well-formed: eleven of `[A-Za-z0-9_-]`. Nothing more is checked.
pub fn is_id(text: &str) -> bool {
    text.len() == 11 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// The text, where it is a playlist's id: `PL…`, `LL…` (liked), `WL…` (watch later), `FL…` (favourites) and a few more.
pub(crate) fn playlist_id(text: &str) -> Option<String> {
    let known = ["PL", "LL", "WL", "FL", "OL", "UU", "RD"].iter().any(|start| text.starts_with(start));
    let is_id = known && text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    is_id.then(|| text.to_owned())
}

/// Whether an id could be a word or a name: `introductio`, `Mississippi`, `CONNECTICUT`, `easy-to-use`. One in a million real ids is.
pub(crate) fn is_plain_word(id: &str) -> bool {
    let letters = id.replace('-', "");
    let tail_is_lower = letters.bytes().skip(1).all(|b| b.is_ascii_lowercase());
    letters.bytes().all(|b| b.is_ascii_alphabetic()) && (tail_is_lower || letters.bytes().all(|b| b.is_ascii_uppercase()))
}

/// Trims white space, control characters, byte-order marks and zero-width spaces.
pub(crate) fn trim_invisible(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '\u{feff}' | '\u{200b}'..='\u{200d}' | '\u{2060}'))
}

/// The text as a URL, also when the scheme is missing.
fn to_url(text: &str) -> Option<Url> {
    let lower = text.get(..8).unwrap_or(text).to_ascii_lowercase();
    if lower.starts_with("http://") || lower.starts_with("https://") {
        return Url::parse(text).ok();
    }
    if let Some((scheme, _)) = text.split_once("://") {
        // Any other scheme is a link as well, to something else.
        return scheme.bytes().all(|b| b.is_ascii_alphanumeric()).then(|| Url::parse(text).ok()).flatten();
    }
    let bare = text.strip_prefix("//").unwrap_or(text);
    let host = bare.split(['/', '?', '#']).next().unwrap_or_default();
    let is_host = host.contains('.') && host.len() < bare.len() && host.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | ':'));
    let is_www = host.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("www."));
    (is_host || is_www).then(|| Url::parse(&format!("https://{bare}")).ok()).flatten()
}

fn query_value(url: &Url, name: &str) -> Option<String> {
    // An address that was copied from a page's source has `&amp;`.
    url.query_pairs().find(|(key, _)| key.trim_start_matches("amp;") == name).map(|(_, value)| value.into_owned())
}

fn shorten_host(host: &str) -> String {
    host.chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_shape_of_link_is_parsed() {
        for text in [
            "https://www.youtube.com/watch?v=XD_JXIJWK41",
            "http://youtube.com/watch?v=XD_JXIJWK41",
            "youtube.com/watch?v=XD_JXIJWK41",
            "www.youtube.com/watch?v=XD_JXIJWK41#t=10",
            "//www.youtube.com/watch?v=XD_JXIJWK41",
            "HTTPS://WWW.YOUTUBE.COM/watch?v=XD_JXIJWK41",
            "https://m.youtube.com/watch?list=PL1&v=XD_JXIJWK41&t=42s",
            "https://m.youtube.com/watch?list=PL1&amp;v=XD_JXIJWK41",
            "https://music.youtube.com/watch?v=XD_JXIJWK41&si=abc",
            "https://youtu.be/XD_JXIJWK41",
            "youtu.be/XD_JXIJWK41?si=abc",
            "https://youtu.be/XD_JXIJWK41&t=3",
            "https://youtu.be/XD_JXIJWK41/",
            "https://www.youtube.com/shorts/XD_JXIJWK41?feature=share",
            "https://www.youtube.com/embed/XD_JXIJWK41?start=1",
            "https://www.youtube.com/live/XD_JXIJWK41?feature=share",
            "https://www.youtube.com/v/XD_JXIJWK41",
            "https://www.youtube-nocookie.com/embed/XD_JXIJWK41",
            "https://youtube-nocookie.com/embed/XD_JXIJWK41#x",
            "https://www.youtube.com/watch?v=XD_JXIJWK41?si=abc",
            "https://www.youtube.com./watch?v=XD_JXIJWK41",
            " \u{feff}https://youtu.be/XD_JXIJWK41\u{200b} ",
        ] {
            assert_eq!(parse(text), ParsedVideo::Link("XD_JXIJWK41".into()), "{text}");
        }
        assert_eq!(parse(" -2CmOiUjJQM\u{a0}"), ParsedVideo::Id("-2CmOiUjJQM".into()));
    }

    #[test]
    fn link_to_something_else_says_what_it_is() {
        let reason = |text| match parse(text) {
            ParsedVideo::OtherLink(reason) => reason,
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(reason("https://example.com/watch?v=sN1oJCaPVMN"), "This is a link to example.com, not to YouTube.");
        for text in [
            "https://youtube.com@evil.example/watch?v=XD_JXIJWK41",
            "https://youtube.com.evil.example/watch?v=XD_JXIJWK41",
            "notyoutube.com/watch?v=XD_JXIJWK41",
            "www.vimeo.com",
        ] {
            assert!(reason(text).ends_with("not to YouTube."), "{text}");
        }
        assert!(reason("https://www.youtube.com/playlist?list=PL1").contains("playlist"));
        assert!(reason("https://www.youtube.com/@somebody").contains("channel"));
        assert!(reason("https://www.youtube.com/channel/UCaaaaaaaaaaaaaaaaaaaaaa").contains("channel"));
        for text in [
            "https://www.youtube.com/",
            "https://youtu.be/",
            "https://www.youtube.com/watch?v=short",
            "https://www.youtube.com/embed/videoseries?list=PL1",
            "https://www.youtube.com/embed/live_stream?channel=UC1",
        ] {
            assert!(reason(text).contains("does not name a video"), "{text}");
        }
    }

    #[test]
    fn text_that_is_no_link_is_malformed() {
        for text in
            ["", "hello", "not.an.id", "XD_JXIJWK4", "XD_JXIJWK41x", "mailto:a@example.com", "javascript:alert(1)", "XD_JXIJWKé", "https://", "a://b"]
        {
            assert!(!matches!(parse(text), ParsedVideo::Id(_) | ParsedVideo::Link(_)), "{text}");
        }
        assert_eq!(parse("not.an.id"), ParsedVideo::Malformed);
    }

    #[test]
    fn words_are_told_from_ids() {
        for word in ["introductio", "Mississippi", "CONNECTICUT", "easy-to-use"] {
            assert!(is_plain_word(word), "{word}");
        }
        for id in ["8g3rkZs5OuQ", "r-HAMQXR9CW", "AChhPzOn-0X", "abcdefghijK", "abc_efghijk"] {
            assert!(!is_plain_word(id), "{id}");
        }
    }

    proptest! {
        #[test]
        fn parsing_a_link_never_panics(text in ".{0,80}", path in "[ -~]{0,30}") {
            parse(&text);
            parse(&format!("https://www.youtube.com/{path}"));
            parse(&format!("youtu.be/{path}"));
        }

        #[test]
        fn every_id_is_found_in_every_shape(id in "[A-Za-z0-9_-]{11}") {
            prop_assert_eq!(parse(&id), ParsedVideo::Id(id.clone()));
            prop_assume!(!RESERVED_WORDS.contains(&id.as_str()));
            for link in [format!("https://www.youtube.com/watch?v={id}"), format!("youtu.be/{id}"), format!("https://youtube.com/shorts/{id}?x=1")] {
                prop_assert_eq!(parse(&link), ParsedVideo::Link(id.clone()));
            }
        }
    }
}
