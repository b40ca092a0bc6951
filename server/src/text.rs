//! Text from outside as it is stored and shown: files, uploads and YouTube go through the same filter.

use app::wording::is_bidi_control;

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
