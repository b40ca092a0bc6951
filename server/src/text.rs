//! Text from outside as it is stored and shown: files, uploads and YouTube go through the same filter. Also keys of
//! limited length.

use app::wording::is_bidi_control;
use sha2::{Digest as _, Sha256};

/// `#` and 16 hexadecimal digits.
const HASH_CHARS: usize = 17;

/// The text as it may be stored and shown: one line without control characters or bidi controls, at most `max` characters. `None` where
/// nothing is left.
pub(crate) fn single_line(text: &str, max: usize) -> Option<String> {
    let mut line = String::with_capacity(text.len().min(4 * max));
    for c in text.chars().filter(|&c| !is_bidi_control(c)) {
        match c {
            // Line breaks within a title are one space.
            c if c.is_control() && line.ends_with(' ') => {}
            c if c.is_control() => line.push(' '),
            c => line.push(c),
        }
    }
    let short: String = trim_invisible(&line).chars().take(max).collect();
    let short = trim_invisible(&short);
    (!short.is_empty()).then(|| short.to_owned())
}

/// Trims white space, control characters, byte-order marks and zero-width spaces.
pub(crate) fn trim_invisible(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2060}'))
}

/// The letters and digits of a name, in lower case: one key for all ways to write it.
pub(crate) fn normalize_name(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Replaces a key of more than `max_chars` by its beginning and a hash, so that keys with the same beginning stay apart.
pub(crate) fn shorten(key: String, max_chars: usize) -> String {
    let Some((end, _)) = key.char_indices().nth(max_chars - HASH_CHARS).filter(|_| key.chars().count() > max_chars) else { return key };
    let hash = Sha256::digest(&key).iter().take(8).fold(0, |hash, byte| (hash << 8) | u64::from(*byte));
    format!("{}#{hash:016x}", &key[..end])
}
