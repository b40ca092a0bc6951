//! Escapes texts that a spreadsheet would run as formulas in exports, and unescapes them in imports.
//!
//! A cell that starts with one of a few characters is a formula; an apostrophe before it makes it text (OWASP, "CSV Injection",
//! <https://owasp.org/www-community/attacks/CSV_Injection>). Where a spreadsheet expects another separator than ours, it begins a new cell in the
//! middle of a text, so that the same holds after each separator. Many video ids start with `-`, so imports must remove the apostrophe.

use std::borrow::Cow;

use crate::text::is_invisible;

/// In full width, too, which spreadsheets read alike; `|` names a program to run (DDE).
const FORMULA_STARTS: [char; 11] = ['=', '+', '-', '@', '＝', '＋', '－', '＠', '|', '\t', '\r'];
/// Of one byte each.
const SEPARATORS: [char; 5] = [',', ';', '\t', '\r', '\n'];

/// Puts an apostrophe before each formula. Apostrophes before a formula get another one, so that [`unescape_formula`] returns every text
/// exactly.
pub(crate) fn escape_formula(cell: &str) -> Cow<'_, str> {
    let mut escaped = String::new();
    let mut copied = 0;
    for start in cell_starts(cell).filter(|&start| starts_like_formula(&cell[start..])) {
        escaped.push_str(&cell[copied..start]);
        escaped.push('\'');
        copied = start;
    }
    join(cell, escaped, copied)
}

/// Undoes [`escape_formula`].
pub(crate) fn unescape_formula(cell: &str) -> Cow<'_, str> {
    let mut unescaped = String::new();
    let mut copied = 0;
    let is_escaped = |start: usize| cell[start..].strip_prefix('\'').is_some_and(starts_like_formula);
    for start in cell_starts(cell).filter(|&start| is_escaped(start)) {
        unescaped.push_str(&cell[copied..start]);
        copied = start + 1;
    }
    join(cell, unescaped, copied)
}

/// What was changed of the cell, and the rest of it from `copied` on.
fn join(cell: &str, mut changed: String, copied: usize) -> Cow<'_, str> {
    if changed.is_empty() {
        return cell[copied..].into();
    }
    changed.push_str(&cell[copied..]);
    changed.into()
}

/// Where a spreadsheet might begin a cell: at the beginning, and after each separator; but not after the comma of a sentence, because commas
/// are our own separator, and quoted.
fn cell_starts(cell: &str) -> impl Iterator<Item = usize> {
    std::iter::once(0).chain(cell.match_indices(SEPARATORS).map(|(at, _)| at + 1).filter(|&start| !cell[start - 1..].starts_with(", ")))
}

/// Whether a formula comes first but for quotes and what is not seen.
fn starts_like_formula(text: &str) -> bool {
    let is_skipped = |c: char| !FORMULA_STARTS.contains(&c) && !SEPARATORS.contains(&c) && (matches!(c, '\'' | '"') || is_invisible(c));
    text.trim_start_matches(is_skipped).starts_with(FORMULA_STARTS)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn formula_is_escaped_wherever_a_cell_may_start() {
        for (cell, escaped) in [
            ("=1+1", "'=1+1"),
            ("'=1+1", "''=1+1"),
            ("|calc", "'|calc"),
            ("＝1", "'＝1"),
            ("＋1", "'＋1"),
            ("－1", "'－1"),
            ("＠a", "'＠a"),
            ("\t=1", "'\t'=1"),
            ("\r=1", "'\r'=1"),
            ("\n=1", "\n'=1"),
            (" \"=1", "' \"=1"),
            ("\u{200b}=1", "'\u{200b}=1"),
            (";=cmd|'/C calc'!A0", ";'=cmd|'/C calc'!A0"),
            ("a;=1;b,\"@c", "a;'=1;b,'\"@c"),
            ("a - b | c = 'd'", "a - b | c = 'd'"),
            ("a,=1; =2", "a,'=1;' =2"),
            ("digits, - or _", "digits, - or _"),
            ("'tis; 'twas", "'tis; 'twas"),
            ("", ""),
        ] {
            assert_eq!(escape_formula(cell), escaped);
            assert_eq!(unescape_formula(escaped), cell);
        }
    }

    proptest! {
        #[test]
        fn escaped_cell_has_no_formula_and_comes_back(cell in "[='\t\r\n@+\\-|＝,;\"\u{200b}a ]{0,12}") {
            let written = escape_formula(&cell);
            prop_assert!(written.split(SEPARATORS).all(|part| !part.starts_with(FORMULA_STARTS)), "{written:?}");
            prop_assert_eq!(unescape_formula(&written), cell.as_str());
        }
    }
}
