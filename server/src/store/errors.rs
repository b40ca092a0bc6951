//! Which of the database's errors mean "try again", and which are ours.

use super::StoreError;

/// PostgreSQL's codes that pass by themselves: shutting down or starting, read-only after a fail-over, too many connections, a deadlock,
/// a serialization failure. Class 08 (connection) is one as a whole.
const PASSING: [&str; 8] = ["57P01", "57P02", "57P03", "57P05", "25006", "53300", "40P01", "40001"];

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        if is_passing(&error) { Self::Unavailable(Box::new(error)) } else { Self::Internal(Box::new(error)) }
    }
}

fn is_passing(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(error) => {
            error.code().is_some_and(|code| PASSING.contains(&&*code) || code.starts_with("08") && code.len() == 5 || is_busy(&code))
        }
        _ => false,
    }
}

/// SQLite's BUSY (5) and LOCKED (6), also in their extended forms, whose low byte is the plain one. SQLSTATEs have five characters,
/// SQLite's codes fewer.
fn is_busy(code: &str) -> bool {
    code.len() < 5 && code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_connection_passes_and_a_missing_row_does_not() {
        assert!(matches!(StoreError::from(sqlx::Error::PoolTimedOut), StoreError::Unavailable(_)));
        assert!(matches!(StoreError::from(sqlx::Error::Io(std::io::ErrorKind::ConnectionReset.into())), StoreError::Unavailable(_)));
        assert!(matches!(StoreError::from(sqlx::Error::RowNotFound), StoreError::Internal(_)));
    }

    #[test]
    fn busy_in_every_form() {
        assert!(["5", "6", "261", "517"].into_iter().all(is_busy));
        assert!(!["1", "13", "2067", "00005"].into_iter().any(is_busy));
    }
}
