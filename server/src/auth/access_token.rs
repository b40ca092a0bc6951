//! Access tokens: JWTs for programs, valid for 15 minutes, HS256 only, no leeway.

use app::wire::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    clock,
    error::{AppError, AppResult},
};

pub(super) const TTL_SECONDS: u64 = 15 * 60;
/// `aud`: tokens that another service signed with the same secret are refused.
const AUDIENCE: &str = "playmarks";
/// `typ`: nothing else that is signed with this secret passes as an access token.
const TYPE: &str = "access";

/// All claims are required.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Claims {
    /// The user's id.
    pub(super) sub: Uuid,
    /// The session: the token is invalid once it ends.
    pub(super) sid: Uuid,
    /// Unix time in seconds.
    pub(super) iat: u64,
    /// The first second in which it is invalid (RFC 7519, 4.1.4).
    pub(super) exp: u64,
    /// Always [`AUDIENCE`].
    pub(super) aud: String,
    /// Always [`TYPE`].
    pub(super) typ: String,
}

impl Claims {
    fn new(user_id: Uuid, session_id: Uuid, now: u64) -> Self {
        Self { sub: user_id, sid: session_id, iat: now, exp: now + TTL_SECONDS, aud: AUDIENCE.into(), typ: TYPE.into() }
    }

    pub(super) fn expires_at(&self) -> Timestamp {
        Timestamp::from_micros(i64::try_from(self.exp).unwrap_or(i64::MAX).saturating_mul(1_000_000))
    }
}

/// Signs and verifies access tokens.
pub(super) struct AccessTokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
}

impl AccessTokens {
    pub(super) fn new(secret: &[u8]) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "aud", "sub"]);
        // `verify` compares it with the time that is passed in.
        validation.validate_exp = false;
        Self { encoding: EncodingKey::from_secret(secret), decoding: DecodingKey::from_secret(secret), validation }
    }

    /// `now` is Unix time in seconds.
    pub(super) fn issue(&self, user_id: Uuid, session_id: Uuid, now: u64) -> AppResult<String> {
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &Claims::new(user_id, session_id, now), &self.encoding)
            .map_err(|error| AppError::internal(&error))
    }

    /// The claims of a valid token. `now` is Unix time in seconds.
    pub(super) fn verify(&self, token: &str, now: u64) -> Option<Claims> {
        let claims = jsonwebtoken::decode::<Claims>(token, &self.decoding, &self.validation).ok()?.claims;
        (claims.typ == TYPE && now < claims.exp).then_some(claims)
    }
}

pub(super) fn unix_now() -> u64 {
    clock::now().micros().unsigned_abs() / 1_000_000
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

    use super::*;

    const NOW: u64 = 1_795_371_600;
    const SECRET: &[u8] = b"an example of a secret, 32 bytes";

    fn ids() -> (Uuid, Uuid) {
        (Uuid::from_u128(1), Uuid::from_u128(2))
    }

    fn signed<T: Serialize>(algorithm: Algorithm, claims: &T, secret: &[u8]) -> String {
        jsonwebtoken::encode(&Header::new(algorithm), claims, &EncodingKey::from_secret(secret)).unwrap()
    }

    #[test]
    fn token_is_valid_until_the_second_of_its_exp() {
        let tokens = AccessTokens::new(SECRET);
        let (user, session) = ids();
        let token = tokens.issue(user, session, NOW).unwrap();
        let claims = tokens.verify(&token, NOW).unwrap();
        assert_eq!((claims.sub, claims.sid, claims.exp), (user, session, NOW + 900));
        assert_eq!(claims.expires_at().to_string(), "2026-11-22T18:35:00.000000Z");
        assert!(tokens.verify(&token, NOW + 899).is_some());
        assert!(tokens.verify(&token, NOW + 900).is_none());
    }

    #[test]
    fn token_is_refused_when_forged() {
        let tokens = AccessTokens::new(SECRET);
        let claims = Claims::new(ids().0, ids().1, NOW);
        let good = signed(Algorithm::HS256, &claims, SECRET);
        assert!(tokens.verify(&good, NOW).is_some(), "each forged token differs from a valid one in one thing");

        let body = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&claims).unwrap());
        let none = URL_SAFE_NO_PAD.encode(br#"{"alg":"none","typ":"JWT"}"#);
        let stranger = serde_json::to_vec(&Claims { sub: Uuid::from_u128(9), ..claims.clone() }).unwrap();
        let parts: Vec<&str> = good.split('.').collect();
        let forged = [
            format!("{none}.{body}."),
            format!("{none}.{body}.{}", parts[2]),
            format!("{}.{}.{}", parts[0], URL_SAFE_NO_PAD.encode(stranger), parts[2]),
            format!("{}.{}.", parts[0], parts[1]),
            signed(Algorithm::HS256, &claims, b"another secret"),
            signed(Algorithm::HS512, &claims, SECRET),
            String::new(),
            "..".into(),
            "a.b.c".into(),
        ];
        for token in forged {
            assert!(tokens.verify(&token, NOW).is_none(), "{token}");
        }
    }

    #[test]
    fn token_is_refused_when_a_claim_is_missing_or_wrong() {
        let tokens = AccessTokens::new(SECRET);
        let claims = serde_json::to_value(Claims::new(ids().0, ids().1, NOW)).unwrap();
        for name in ["sub", "sid", "iat", "exp", "aud", "typ"] {
            let mut without = claims.clone();
            without.as_object_mut().unwrap().remove(name);
            assert!(tokens.verify(&signed(Algorithm::HS256, &without, SECRET), NOW).is_none(), "without {name}");
        }
        for (name, value) in [("aud", "elsewhere"), ("typ", "refresh"), ("sub", "me"), ("exp", "tomorrow")] {
            let mut other = claims.clone();
            other[name] = value.into();
            assert!(tokens.verify(&signed(Algorithm::HS256, &other, SECRET), NOW).is_none(), "{name} = {value}");
        }
    }
}
