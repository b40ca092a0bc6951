//! Telling a row that is not there from one that is somebody else's.

use uuid::Uuid;

use super::{Entity, Result, StoreError};

/// Compares the owner that was read, if the row exists, with who asks.
pub(super) fn require(owner: Option<Uuid>, user_id: Uuid, entity: Entity) -> Result<()> {
    match owner {
        None => Err(StoreError::NotFound(entity)),
        Some(owner) if owner == user_id => Ok(()),
        Some(_) => Err(StoreError::Forbidden(entity)),
    }
}
