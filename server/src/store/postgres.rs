//! PostgreSQL: the fragments in which its SQL differs, and the statements compiled with them.

/// The clock as it runs. `now()` is the start of the transaction, which lies before the wait for a row lock. As a subquery it is read
/// once a statement, so that an index can be searched with it.
macro_rules! now {
    () => {
        "(SELECT clock_timestamp())"
    };
}

/// That many microseconds from now; negative ones are past.
macro_rules! now_plus {
    ($micros:literal) => {
        concat!("(SELECT clock_timestamp() + ", $micros, " * interval '1 microsecond')")
    };
}

/// Locks the rows until the transaction ends.
macro_rules! for_update {
    () => {
        " FOR UPDATE"
    };
}

/// Locks rows of `j`, passing over those that somebody else has locked.
macro_rules! for_update_skip_locked {
    () => {
        " FOR UPDATE OF j SKIP LOCKED"
    };
}

/// True where the column is one of the bound `Ids`.
macro_rules! one_of {
    ($column:literal, $ids:literal) => {
        concat!($column, " = ANY(", $ids, ")")
    };
}

mod connection;
mod dialect;
#[expect(clippy::duplicate_mod, reason = "the statements are written once and compiled for each dialect")]
#[path = "sql/methods.rs"]
mod sql;

pub(super) use dialect::Database;
