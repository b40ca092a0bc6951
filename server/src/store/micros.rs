//! Timestamps in the database: `timestamptz` in PostgreSQL, INTEGER microseconds since 1970 in SQLite. One type for the rows of both.

use app::wire::Timestamp;
use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer};
use sqlx::{Decode, Encode, Postgres, Sqlite, Type, encode::IsNull, error::BoxDynError, postgres::PgHasArrayType};

/// A [`Timestamp`] as a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Micros(pub(super) Timestamp);

impl Micros {
    /// Before everything that is stored; used without `since`.
    pub(super) const EPOCH: Self = Self(Timestamp::from_micros(0));

    /// After everything that is stored: the end of the year 9999, which both databases can compare.
    pub(super) const MAX: Self = Self(Timestamp::from_micros(253_402_300_799_999_999));

    /// Adds `duration`, rounded to microseconds.
    pub(super) fn plus(self, duration: std::time::Duration) -> Self {
        Self(self.0.plus_micros(as_micros(duration)))
    }
}

/// A duration in microseconds, to be bound.
pub(super) fn as_micros(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// For SQLite.
impl Serialize for Micros {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.0.micros())
    }
}

impl Type<Postgres> for Micros {
    fn type_info() -> sqlx::postgres::PgTypeInfo {
        <DateTime<Utc> as Type<Postgres>>::type_info()
    }
}

impl PgHasArrayType for Micros {
    fn array_type_info() -> sqlx::postgres::PgTypeInfo {
        <DateTime<Utc> as PgHasArrayType>::array_type_info()
    }
}

impl Encode<'_, Postgres> for Micros {
    fn encode_by_ref(&self, buffer: &mut sqlx::postgres::PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let instant: DateTime<Utc> = DateTime::from_timestamp_micros(self.0.micros()).ok_or("an instant outside chrono's range")?;
        Encode::<Postgres>::encode(instant, buffer)
    }
}

impl<'r> Decode<'r, Postgres> for Micros {
    fn decode(value: sqlx::postgres::PgValueRef<'r>) -> Result<Self, BoxDynError> {
        let instant = <DateTime<Utc> as Decode<Postgres>>::decode(value)?;
        Ok(Self(Timestamp::from_micros(instant.timestamp_micros())))
    }
}

impl Type<Sqlite> for Micros {
    fn type_info() -> sqlx::sqlite::SqliteTypeInfo {
        <i64 as Type<Sqlite>>::type_info()
    }

    fn compatible(kind: &sqlx::sqlite::SqliteTypeInfo) -> bool {
        <i64 as Type<Sqlite>>::compatible(kind)
    }
}

impl Encode<'_, Sqlite> for Micros {
    fn encode_by_ref(&self, buffer: &mut sqlx::sqlite::SqliteArgumentsBuffer) -> Result<IsNull, BoxDynError> {
        Encode::<Sqlite>::encode(self.0.micros(), buffer)
    }
}

impl<'r> Decode<'r, Sqlite> for Micros {
    fn decode(value: sqlx::sqlite::SqliteValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(Self(Timestamp::from_micros(<i64 as Decode<Sqlite>>::decode(value)?)))
    }
}
