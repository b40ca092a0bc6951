//! Distinguishes rows that do not exist from rows of other users.

use uuid::Uuid;

use super::{Entity, Result, StoreError};

/// Compares the owner of the row, if it exists, with the user.
pub(super) fn require(owner: Option<Uuid>, user_id: Uuid, entity: Entity) -> Result<()> {
    match owner {
        None => Err(StoreError::NotFound(entity)),
        Some(owner) if owner == user_id => Ok(()),
        Some(_) => Err(StoreError::Forbidden(entity)),
    }
}
