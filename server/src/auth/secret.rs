//! An opaque secret: 32 random bytes, base64url outside, SHA-256 in the database.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

use crate::{
    error::{AppError, AppResult},
    store::Digest,
};

/// Beyond guessing, and beyond what a birthday collides.
const BYTES: usize = 32;

/// Never printed: it has no `Debug`.
pub(super) struct Secret([u8; BYTES]);

impl Secret {
    /// From the operating system's generator.
    ///
    /// # Errors
    /// 500 where it has none.
    pub(super) fn random() -> AppResult<Self> {
        let mut bytes = [0; BYTES];
        getrandom::fill(&mut bytes).map_err(|error| AppError::internal(&error))?;
        Ok(Self(bytes))
    }

    /// As a client sent it; `None` where it cannot be one of ours, which spares a look into the database.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; BYTES];
        (URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) == Ok(BYTES)).then_some(Self(bytes))
    }

    /// What its holder gets: 43 characters.
    pub(super) fn reveal(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// What the database gets. No salt and no stretching: the secret is random, so there is nothing to guess.
    pub(super) fn digest(&self) -> Digest {
        Sha256::digest(self.0).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_given_out_is_recognised() {
        let secret = Secret::random().unwrap();
        let text = secret.reveal();
        assert_eq!(text.len(), 43);
        assert_eq!(Secret::parse(&text).unwrap().digest(), secret.digest());
        assert_ne!(Secret::random().unwrap().digest(), secret.digest());
        assert_ne!(secret.digest(), secret.0, "the database never holds the secret itself");
    }

    #[test]
    fn what_cannot_be_one_is_not() {
        let text = Secret([7; BYTES]).reveal();
        for bad in ["", "short", &text[1..], &format!("{text}A"), &format!("{text}="), &text.replace('B', "+")] {
            assert!(Secret::parse(bad).is_none(), "{bad}");
        }
    }
}
