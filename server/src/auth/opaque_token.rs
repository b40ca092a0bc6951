//! Session cookies, refresh tokens and tickets: 32 random bytes, sent as base64url, stored as SHA-256.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

use crate::{
    error::{AppError, AppResult},
    store::Digest,
};

const BYTES: usize = 32;

/// Has no `Debug`, so that it is never logged.
pub(super) struct OpaqueToken([u8; BYTES]);

impl OpaqueToken {
    /// # Errors
    /// 500 if the operating system has no random bytes.
    pub(super) fn generate() -> AppResult<Self> {
        let mut bytes = [0; BYTES];
        getrandom::fill(&mut bytes).map_err(|error| AppError::internal(&error))?;
        Ok(Self(bytes))
    }

    /// `None` if the text cannot be one of our tokens, which saves a query.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; BYTES];
        (URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) == Ok(BYTES)).then_some(Self(bytes))
    }

    /// What the client gets: 43 characters.
    pub(super) fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// What the database stores. Unsalted and fast, since a random token cannot be guessed.
    pub(super) fn digest(&self) -> Digest {
        Sha256::digest(self.0).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_is_recognised_after_a_round_trip() {
        let token = OpaqueToken::generate().unwrap();
        let text = token.encode();
        assert_eq!(text.len(), 43);
        assert_eq!(OpaqueToken::parse(&text).unwrap().digest(), token.digest());
        assert_ne!(OpaqueToken::generate().unwrap().digest(), token.digest());
        assert_ne!(token.digest(), token.0, "the database never stores the token itself");
    }

    #[test]
    fn text_is_rejected_when_it_cannot_be_a_token() {
        let text = OpaqueToken([7; BYTES]).encode();
        for bad in ["", "short", &text[1..], &format!("{text}A"), &format!("{text}="), &text.replace('B', "+")] {
            assert!(OpaqueToken::parse(bad).is_none(), "{bad}");
        }
    }
}
