//! Keyset cursors: the key of a page's last row, as base64url of JSON. Opaque to clients and validated when they are sent back.

use app::wire::Timestamp;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Serialize, de::DeserializeOwned};

use super::{Result, StoreError, micros::Micros};

/// Returns the cursor of the page after `key`.
pub(super) fn encode<K: Serialize>(key: &K) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(key).expect("keys are numbers, texts and ids"))
}

/// Returns the key in a cursor.
///
/// # Errors
/// [`StoreError::BadCursor`] if it is not a cursor for this kind of page.
pub(super) fn decode<K: DeserializeOwned>(cursor: &str) -> Result<K> {
    let json = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| StoreError::BadCursor)?;
    serde_json::from_slice(&json).map_err(|_| StoreError::BadCursor)
}

/// Returns the instant in a cursor. A forged one may be outside the range that PostgreSQL can compare.
///
/// # Errors
/// [`StoreError::BadCursor`] if it is out of range.
pub(super) fn instant(micros: i64) -> Result<Micros> {
    let instant = Micros(Timestamp::from_micros(micros));
    if (Micros::EPOCH..=Micros::MAX).contains(&instant) { Ok(instant) } else { Err(StoreError::BadCursor) }
}

/// How many rows a page has. One more is queried, to know whether there is a next page.
#[derive(Clone, Copy)]
pub(super) struct PageLimit(u32);

impl PageLimit {
    pub(super) fn new(limit: u32, max: u32) -> Self {
        Self(limit.clamp(1, max))
    }

    /// Whether a page has more rows than this.
    pub(super) fn exceeds(self, rows: u32) -> bool {
        self.0 > rows
    }

    /// For the `LIMIT` of the query.
    pub(super) fn query_limit(self) -> i64 {
        i64::from(self.0) + 1
    }

    /// Drops the extra row if there is one, and returns the cursor for the next page: the key of the last row that stays.
    pub(super) fn finish_page<T, K: Serialize>(self, rows: &mut Vec<T>, key: impl Fn(&T) -> K) -> Option<String> {
        let limit = self.0 as usize;
        if rows.len() <= limit {
            return None;
        }
        rows.truncate(limit);
        rows.last().map(|last| encode(&key(last)))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn key_round_trips_and_a_cursor_of_another_kind_is_refused() {
        let key = (-7i64, Uuid::from_u128(5));
        assert_eq!(decode::<(i64, Uuid)>(&encode(&key)).unwrap(), key);
        for bad in ["", "!", "bnVsbA", &encode(&"text"), &encode(&(1, 2))] {
            assert!(matches!(decode::<(i64, Uuid)>(bad), Err(StoreError::BadCursor)), "{bad}");
        }
    }

    #[test]
    fn forged_instants_are_refused() {
        assert!(instant(0).is_ok());
        for micros in [-1, i64::MIN, i64::MAX] {
            assert!(matches!(instant(micros), Err(StoreError::BadCursor)));
        }
    }

    #[test]
    fn full_last_page_has_no_cursor() {
        let mut rows = vec![1, 2, 3];
        assert_eq!(PageLimit(3).finish_page(&mut rows, |n| *n), None);
        assert_eq!(PageLimit(2).finish_page(&mut rows, |n| *n), Some(encode(&2)));
        assert_eq!(rows, [1, 2]);
    }
}
