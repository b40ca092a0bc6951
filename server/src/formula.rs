//! Cells of a table that a spreadsheet would take for formulas: guarded on their way out, as they were on their way in.
//!
//! A spreadsheet reads what begins with one of a few characters as a formula; an apostrophe before it makes it text (OWASP, "CSV
//! Injection"). `-` begins many a video's id, so that imports take the apostrophe off again.

use std::borrow::Cow;

const STARTS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// The cell with an apostrophe before what would be a formula. One that begins with apostrophes and such a character gets one more,
/// so that [`unguarded`] gives back every text exactly.
pub fn guarded(cell: &str) -> Cow<'_, str> {
    if is_formula(cell) { format!("'{cell}").into() } else { cell.into() }
}

/// What [`guarded`] was given.
pub fn unguarded(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| is_formula(rest)).unwrap_or(cell)
}

fn is_formula(cell: &str) -> bool {
    cell.trim_start_matches('\'').starts_with(STARTS)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_cell_is_a_formula_and_every_cell_comes_back(cell in "[='\t\r@+\\-a ]{0,8}") {
            let written = guarded(&cell);
            prop_assert!(!written.starts_with(STARTS));
            prop_assert_eq!(unguarded(&written), &cell);
        }
    }
}
