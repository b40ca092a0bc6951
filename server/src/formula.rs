//! Escapes cells that a spreadsheet would run as formulas in exports, and unescapes them in imports.
//!
//! A cell that starts with one of a few characters is a formula; an apostrophe before it makes it text (OWASP, "CSV Injection"). Many video
//! ids start with `-`, so imports must remove the apostrophe.

use std::borrow::Cow;

const FORMULA_STARTS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// Puts an apostrophe before a formula. A cell that starts with apostrophes and then a formula gets another one, so that
/// [`unescape_formula`] returns every text exactly.
pub(crate) fn escape_formula(cell: &str) -> Cow<'_, str> {
    if starts_like_formula(cell) { format!("'{cell}").into() } else { cell.into() }
}

/// Undoes [`escape_formula`].
pub(crate) fn unescape_formula(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| starts_like_formula(rest)).unwrap_or(cell)
}

fn starts_like_formula(cell: &str) -> bool {
    cell.trim_start_matches('\'').starts_with(FORMULA_STARTS)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn escaped_cell_is_no_formula_and_comes_back(cell in "[='\t\r@+\\-a ]{0,8}") {
            let written = escape_formula(&cell);
            prop_assert!(!written.starts_with(FORMULA_STARTS));
            prop_assert_eq!(unescape_formula(&written), &cell);
        }
    }
}
