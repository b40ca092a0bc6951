//! File names of downloads: the list's name, made safe for every file system, in ASCII and in UTF-8 (RFC 6266).

use app::wording::strip_bidi_controls;
use axum::http::HeaderValue;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Characters of the name.
const MAX_CHARS: usize = 100;
/// Bytes of the name in UTF-8; short enough for every file system (255), extension included.
const MAX_BYTES: usize = 240;
/// All but RFC 5987's `attr-char`.
const NOT_ATTR_CHAR: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');
/// Used when nothing is left of the list's name.
const DEFAULT_NAME: &str = "list";

/// Value of `Content-Disposition`.
pub(crate) fn content_disposition(name: &str, extension: &str) -> HeaderValue {
    let name = safe_file_name(name);
    let ascii: String = name.chars().map(|c| if c.is_ascii() && c != '%' { c } else { '_' }).collect();
    let encoded = utf8_percent_encode(&name, NOT_ATTR_CHAR);
    let value = format!("attachment; filename=\"{ascii}.{extension}\"; filename*=UTF-8''{encoded}.{extension}");
    HeaderValue::from_str(&value).expect("both forms are ASCII without control characters")
}

/// Replaces separators of paths and characters that file systems refuse, and removes bidi controls and dots and spaces at both ends.
pub(crate) fn safe_file_name(name: &str) -> String {
    // Not sanitize-filename, which keeps bidi controls, DEL and leading dots, and is either a beta or needs regex.
    let is_refused = |c: char| c.is_control() || matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
    let clean: String = strip_bidi_controls(name).chars().map(|c| if is_refused(c) { '_' } else { c }).take(MAX_CHARS).collect();
    let clean = clean[..clean.floor_char_boundary(MAX_BYTES)].trim_matches(|c: char| c == '.' || c.is_whitespace());
    if clean.is_empty() { DEFAULT_NAME.into() } else { clean.into() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn header(name: &str) -> String {
        content_disposition(name, "csv").to_str().unwrap().to_owned()
    }

    #[test]
    fn content_disposition_has_both_forms_of_the_name() {
        assert_eq!(header("Cooking"), "attachment; filename=\"Cooking.csv\"; filename*=UTF-8''Cooking.csv");
        assert_eq!(header("Später ♥"), "attachment; filename=\"Sp_ter _.csv\"; filename*=UTF-8''Sp%C3%A4ter%20%E2%99%A5.csv");
        assert_eq!(header("../../etc/\"x\""), "attachment; filename=\"_.._etc__x_.csv\"; filename*=UTF-8''_.._etc__x_.csv");
        assert_eq!(header("100 %"), "attachment; filename=\"100 _.csv\"; filename*=UTF-8''100%20%25.csv");
        assert!([safe_file_name(&"é".repeat(150)), safe_file_name(&"🦀".repeat(150))].iter().all(|name| (200..=MAX_BYTES).contains(&name.len())));
        assert_eq!(header(" . "), "attachment; filename=\"list.csv\"; filename*=UTF-8''list.csv");
    }

    proptest! {
        #[test]
        fn content_disposition_is_well_formed_for_any_name(name in ".{0,150}|\\PC{0,150}") {
            let header = header(&name);
            let rest = header.strip_prefix("attachment; filename=\"").unwrap();
            let (ascii, encoded) = rest.split_once("\"; filename*=UTF-8''").unwrap();
            prop_assert!(ascii.is_ascii() && !ascii.contains(['"', '\\', '/']) && !ascii.starts_with('.'));
            prop_assert!(encoded.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b';'));
        }
    }
}
