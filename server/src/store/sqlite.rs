//! SQLite: the fragments in which its SQL differs, and the statements compiled with them.

/// SQLite's own clock, to the millisecond, as microseconds; the same throughout one statement.
macro_rules! now {
    () => {
        "(SELECT CAST(round(unixepoch('subsec') * 1000) AS INTEGER) * 1000)"
    };
}

/// That many microseconds from now; negative ones are past.
macro_rules! now_plus {
    ($micros:literal) => {
        concat!("(SELECT CAST(round(unixepoch('subsec') * 1000) AS INTEGER) * 1000 + ", $micros, ")")
    };
}

/// Nothing: a transaction that began IMMEDIATE is the only writer.
macro_rules! for_update {
    () => {
        ""
    };
}

/// As above.
macro_rules! for_update_skip_locked {
    () => {
        ""
    };
}

/// True where the column is one of the bound `Ids`.
macro_rules! one_of {
    ($column:literal, $ids:literal) => {
        concat!($column, " IN (SELECT unhex(value) FROM json_each(", $ids, "))")
    };
}

mod dialect;
#[expect(clippy::duplicate_mod, reason = "the statements are written once and compiled for each dialect")]
#[path = "sql/methods.rs"]
mod sql;

pub(super) use dialect::Database;
