//! The user of a request, as handlers take it.

use std::{convert::Infallible, sync::Arc};

use app::wire::Account;
use axum::{
    extract::{FromRef, FromRequestParts},
    http::{HeaderValue, header, request::Parts},
};
use uuid::Uuid;

use super::{Auth, cookie};
use crate::{
    error::{AppError, AppResult},
    store::SessionUser,
};

/// Who asks. Refuses with 401 where nobody does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CurrentUser {
    /// The account.
    pub account: Account,
    /// The session they ask with.
    pub session_id: Uuid,
}

impl From<SessionUser> for CurrentUser {
    fn from(user: SessionUser) -> Self {
        Self { account: user.account, session_id: user.session_id }
    }
}

/// Who asks, if anybody: for pages. A database that is away is an error, not nobody.
#[derive(Debug)]
pub struct MaybeUser(pub AppResult<Option<CurrentUser>>);

impl<S> FromRequestParts<S> for CurrentUser
where
    S: Send + Sync,
    Arc<Auth>: FromRef<S>,
{
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> AppResult<Self> {
        Arc::<Auth>::from_ref(state).user(parts).await?.ok_or_else(AppError::signed_out)
    }
}

impl<S> FromRequestParts<S> for MaybeUser
where
    S: Send + Sync,
    Arc<Auth>: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        Ok(Self(Arc::<Auth>::from_ref(state).user(parts).await))
    }
}

impl Auth {
    /// Who sent a request: by `Authorization` alone where there is one, else by the cookie. A bad `Authorization` never
    /// falls back to the cookie, because it let the request past the same-origin check.
    ///
    /// # Errors
    /// 401 for a bad `Authorization`; 503 where the database is away.
    pub async fn user(&self, parts: &Parts) -> AppResult<Option<CurrentUser>> {
        if let Some(value) = parts.headers.get(header::AUTHORIZATION) {
            let token = bearer_token(value).ok_or_else(AppError::signed_out)?;
            return Ok(Some(self.bearer(token).await?.0.into()));
        }
        match cookie::value(&parts.headers, &self.settings) {
            Some(value) => Ok(self.by_cookie(&value).await?.map(Into::into)),
            None => Ok(None),
        }
    }
}

/// The token of `Bearer …`; the scheme's name in any case (RFC 9110, 11.1).
fn bearer_token(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bearer_tokens() {
        let token = |text: &'static str| bearer_token(&HeaderValue::from_static(text)).map(str::to_owned);
        assert_eq!(token("Bearer a.b.c").as_deref(), Some("a.b.c"));
        assert_eq!(token("bearer  a.b.c").as_deref(), Some("a.b.c"));
        assert_eq!(token("Basic a.b.c"), None);
        assert_eq!(token("a.b.c"), None);
    }
}
