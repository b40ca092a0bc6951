//! Cells of a table that a spreadsheet would take for formulas: escaped on their way out, unescaped on their way in.
//!
//! A spreadsheet reads what begins with one of a few characters as a formula; an apostrophe before it makes it text (OWASP, "CSV
//! Injection"). `-` begins many a video's id, so that imports take the apostrophe off again.

use std::borrow::Cow;

const FORMULA_STARTS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// The cell with an apostrophe before what would be a formula. One that begins with apostrophes and such a character gets one more,
/// so that [`unescape_formula`] gives back every text exactly.
pub fn escape_formula(cell: &str) -> Cow<'_, str> {
    if starts_like_formula(cell) { format!("'{cell}").into() } else { cell.into() }
}

/// What [`escape_formula`] was given.
pub fn unescape_formula(cell: &str) -> &str {
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
