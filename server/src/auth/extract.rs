//! Extractors for the user of a request.

use std::{convert::Infallible, sync::Arc};

use app::wire::Account;
use axum::{
    extract::{FromRef, FromRequestParts},
    http::{HeaderMap, header, request::Parts},
};
use uuid::Uuid;

use super::{Auth, access_token::unix_now, cookie, opaque_token::OpaqueToken};
use crate::{
    error::{AppError, AppResult},
    store::{SessionKey, SessionUser},
};

/// The signed-in user of a request. As an extractor, rejects with 401 if there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CurrentUser {
    pub account: Account,
    /// The session of this request.
    pub session_id: Uuid,
}

impl From<SessionUser> for CurrentUser {
    fn from(user: SessionUser) -> Self {
        Self { account: user.account, session_id: user.session_id }
    }
}

/// The user of a request, if signed in. An unreachable database is an error, not `None`.
#[derive(Debug)]
pub(crate) struct MaybeUser(pub(crate) AppResult<Option<CurrentUser>>);

impl<S> FromRequestParts<S> for CurrentUser
where
    S: Send + Sync,
    Arc<Auth>: FromRef<S>,
{
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> AppResult<Self> {
        Arc::<Auth>::from_ref(state).authenticate(parts).await?.ok_or_else(AppError::signed_out)
    }
}

impl<S> FromRequestParts<S> for MaybeUser
where
    S: Send + Sync,
    Arc<Auth>: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        Ok(Self(Arc::<Auth>::from_ref(state).authenticate(parts).await))
    }
}

/// For a statement that checks the session itself. Rejects with 401 if the request names none.
impl<S> FromRequestParts<S> for SessionKey
where
    S: Send + Sync,
    Arc<Auth>: FromRef<S>,
{
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> AppResult<Self> {
        let auth = Arc::<Auth>::from_ref(state);
        let key = match bearer_token(&parts.headers) {
            Some(token) => auth.tokens.verify(token, unix_now()).map(|claims| Self::Id { session_id: claims.sid, user_id: claims.sub }),
            None => cookie::value(&parts.headers, &auth.settings).and_then(|value| Some(Self::Cookie(OpaqueToken::parse(&value)?.digest()))),
        };
        key.ok_or_else(AppError::signed_out)
    }
}

impl Auth {
    /// Authenticates a request by its bearer token if it has one, else by its cookie. An invalid token never falls back to the cookie,
    /// because its presence lets the request pass the same-origin check.
    ///
    /// # Errors
    /// 401 for an invalid token.
    pub(crate) async fn authenticate(&self, parts: &Parts) -> AppResult<Option<CurrentUser>> {
        if let Some(token) = bearer_token(&parts.headers) {
            return Ok(Some(self.authenticate_bearer(token).await?.0.into()));
        }
        match cookie::value(&parts.headers, &self.settings) {
            Some(value) => Ok(self.authenticate_cookie(&value).await?.map(Into::into)),
            None => Ok(None),
        }
    }
}

/// The token of `Authorization: Bearer …`, empty if it is not valid text; `None` without such a header. Other schemes are ignored, since
/// browsers add `Basic` on their own once a proxy has asked for it. Scheme names are case-insensitive (RFC 9110, 11.1).
pub(super) fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    headers.get_all(header::AUTHORIZATION).iter().find_map(|value| {
        let value = value.as_bytes();
        let end = value.iter().position(u8::is_ascii_whitespace).unwrap_or(value.len());
        let (scheme, token) = value.split_at(end);
        scheme.eq_ignore_ascii_case(b"bearer").then(|| str::from_utf8(token).unwrap_or_default().trim())
    })
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn bearer_token_is_found_when_its_scheme_is_spelled_in_any_case() {
        let cases: [(&[&[u8]], Option<&str>); 13] = [
            (&[b"Bearer a.b.c"], Some("a.b.c")),
            (&[b"bearer  a.b.c "], Some("a.b.c")),
            (&[b"BEARER\ta.b.c"], Some("a.b.c")),
            (&[b"Basic YW5uOng=", b"bEaReR a.b.c"], Some("a.b.c")),
            (&[b"Bearer"], Some("")),
            (&[b"Bearer \xff"], Some("")),
            (&[b"Basic YW5uOng="], None),
            (&[b"bAsIc Bearer"], None),
            (&[b"Basic Bearer a.b.c"], None),
            (&[b"Bearer-Token a.b.c"], None),
            (&[b"a.b.c"], None),
            (&[b""], None),
            (&[], None),
        ];
        for (values, token) in cases {
            let value = |bytes: &&[u8]| (header::AUTHORIZATION, HeaderValue::from_bytes(bytes).unwrap());
            let mut headers = HeaderMap::new();
            headers.extend(values.iter().map(value));
            assert_eq!(bearer_token(&headers), token, "{:?}", values.iter().map(|value| value.escape_ascii().to_string()).collect::<Vec<_>>());
        }
    }
}
