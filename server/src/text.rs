//! Text from outside as it is stored and shown: files, uploads and YouTube go through the same filter. Also keys of
//! limited length.

use app::wording::is_bidi_control;
use sha2::{Digest as _, Sha256};

/// `#` and 16 hexadecimal digits.
const HASH_CHARS: usize = 17;

/// The text as it may be stored and shown: one line without control characters or bidi controls, at most `max` characters. `None` where
/// nothing is left that can be seen.
pub(crate) fn single_line(text: &str, max: usize) -> Option<String> {
    let is_break = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let mut line = String::with_capacity(text.len().min(4 * max));
    for c in text.chars().filter(|&c| !is_bidi_control(c)) {
        match c {
            // Line breaks within a title are one space.
            c if is_break(c) && line.ends_with(' ') => {}
            c if is_break(c) => line.push(' '),
            c => line.push(c),
        }
    }
    let short: String = trim_invisible(&line).chars().take(max).collect();
    let short = trim_invisible(&short);
    (!short.chars().all(is_invisible)).then(|| short.to_owned())
}

/// Trims white space, control characters, byte-order marks and zero-width spaces.
pub(crate) fn trim_invisible(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2060}'))
}

/// Whether a character leaves no mark: white space, control characters, and Unicode's `Default_Ignorable_Code_Point`
/// (<https://www.unicode.org/Public/UCD/latest/ucd/DerivedCoreProperties.txt>), with the blank of Braille.
pub(crate) fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}')
        || matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}')
        || matches!(c, '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_line_is_none_where_nothing_can_be_seen() {
        for blank in ["", " ", "\u{200b}", "\u{200d}\u{2060}", "\u{3164}", "\u{ad}\u{fe0f}", "\u{202e}", "\u{2800} \u{e0020}"] {
            assert_eq!(single_line(blank, 10), None, "{blank:?}");
        }
        for seen in ["a", "❤\u{fe0f}", "👩\u{200d}💻", "می\u{200c}خواهم"] {
            assert_eq!(single_line(seen, 10).as_deref(), Some(seen));
        }
        assert_eq!(single_line("a\u{202e}b\r\nc", 10).as_deref(), Some("ab c"));
        assert_eq!(single_line("a\u{2028}b\u{2029}", 10).as_deref(), Some("a b"));
    }
}
