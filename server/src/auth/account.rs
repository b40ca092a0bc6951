//! Sign-up, sign-in, token refresh, and changes of the account; used by both the API and the forms.

use app::wire::{Account, AuthResponse, Credentials, PasswordChange, Refresh, Session};
use axum::http::{HeaderValue, StatusCode};
use uuid::Uuid;

use super::{Auth, CurrentUser, OpaqueToken, access_token, cookie, limits::Client, rules};
use crate::{
    config::Registration,
    error::{AppError, AppResult},
    store::{NewSession, Result as StoreResult, Store, StoreError},
};

/// The result of signing up or in.
pub(crate) struct SignedIn {
    /// For programs.
    pub(crate) tokens: AuthResponse,
    /// `Set-Cookie`, for browsers.
    pub(crate) cookie: HeaderValue,
}

/// The account of an address as it was typed, and its password hash.
pub(crate) async fn find_account(store: &dyn Store, email: &str) -> StoreResult<Option<(Account, String)>> {
    for form in rules::stored_emails(email) {
        if let Some(found) = store.credentials(&form).await? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

impl Auth {
    /// Creates an account and signs in to it.
    ///
    /// # Errors
    /// 403 if registration is closed, 409 if the address is taken, 422 for a bad address or password, 429.
    pub(crate) async fn register(&self, credentials: Credentials, client: &Client) -> AppResult<SignedIn> {
        if self.settings.registration == Registration::Closed {
            return Err(StoreError::RegistrationClosed.into());
        }
        let email = rules::normalize_email(&credentials.email)?;
        rules::check_password(&credentials.password, &email)?;
        self.limit_register(client).await?;
        // Whose address was stored in another form by an earlier version.
        if find_account(&*self.store, &credentials.email).await?.is_some() {
            return Err(StoreError::EmailTaken.into());
        }
        let hash = self.passwords.hash(credentials.password).await?;
        let only_if_first = self.settings.registration == Registration::First;
        let account = self.store.create_user(&email, &hash, only_if_first).await?;
        self.open_session(account, client).await
    }

    /// Signs in. A wrong password and an unknown address get the same response after the same time.
    ///
    /// # Errors
    /// 401 `wrong_credentials`, 429.
    pub(crate) async fn sign_in(&self, credentials: Credentials, client: &Client) -> AppResult<SignedIn> {
        let (account, hash) = find_account(&*self.store, &credentials.email).await?.unzip();
        let email = rules::normalize_email(&credentials.email).ok().or_else(|| account.as_ref().map(|account| account.email.clone()));
        let attempts = self.count_sign_in(email.as_deref(), account.as_ref().map(|account| account.id), client).await?;
        let is_correct = self.passwords.verify(credentials.password, hash).await?;
        match account {
            Some(account) if is_correct => {
                self.take_back(attempts).await?;
                self.open_session(account, client).await
            }
            _ => Err(AppError::new(StatusCode::UNAUTHORIZED, "wrong_credentials", "The address or the password is wrong. Check both and try again.")),
        }
    }

    async fn open_session(&self, account: Account, client: &Client) -> AppResult<SignedIn> {
        let (cookie, refresh_token) = (OpaqueToken::generate()?, OpaqueToken::generate()?);
        let session = NewSession {
            user_id: account.id,
            cookie_hash: cookie.digest(),
            refresh_hash: refresh_token.digest(),
            user_agent: client.user_agent.clone(),
            ttl: self.settings.session_ttl(),
        };
        let session_id = self.store.open_session(session).await?;
        let Refresh { access_token, token_type, expires_in } = self.issue_access_token(account.id, session_id)?;
        let tokens = AuthResponse { user: account, access_token, refresh_token: refresh_token.encode(), token_type, expires_in };
        Ok(SignedIn { tokens, cookie: cookie::set(&cookie.encode(), &self.settings)? })
    }

    fn issue_access_token(&self, user_id: Uuid, session_id: Uuid) -> AppResult<Refresh> {
        let access_token = self.tokens.issue(user_id, session_id, access_token::unix_now())?;
        Ok(Refresh { access_token, token_type: "bearer".into(), expires_in: access_token::TTL_SECONDS })
    }

    /// Issues an access token for a refresh token, which is not rotated and expires with its session.
    ///
    /// # Errors
    /// 401 if the refresh token is unknown or its session has ended.
    pub(crate) async fn refresh(&self, refresh_token: &str) -> AppResult<Refresh> {
        let user = match OpaqueToken::parse(refresh_token) {
            Some(token) => self.store.session_by_refresh(&token.digest()).await?,
            None => None,
        };
        let user = user.ok_or_else(AppError::signed_out)?;
        self.issue_access_token(user.account.id, user.session_id)
    }

    /// The user's sessions, with the one of this request marked as `current`.
    pub(crate) async fn sessions(&self, user: &CurrentUser) -> AppResult<Vec<Session>> {
        let mut sessions = self.store.sessions(user.account.id).await?;
        for session in &mut sessions {
            session.current = session.id == user.session_id;
        }
        Ok(sessions)
    }

    /// Sets a new password and ends all other sessions. Returns their ids, for the caller to announce.
    ///
    /// # Errors
    /// 403 `wrong_password`, 422 `weak_password`, 429.
    pub(crate) async fn change_password(&self, user: &CurrentUser, change: PasswordChange) -> AppResult<Vec<Uuid>> {
        rules::check_password(&change.new_password, &user.account.email)?;
        self.confirm_password(user, change.current_password).await?;
        let hash = self.passwords.hash(change.new_password).await?;
        Ok(self.store.set_password(user.account.id, &hash, Some(user.session_id)).await?)
    }

    /// Deletes the account with everything in it. Returns the ids of its sessions, for the caller to announce.
    ///
    /// # Errors
    /// 403 `wrong_password`, 429.
    pub(crate) async fn delete_account(&self, user: &CurrentUser, password: String) -> AppResult<Vec<Uuid>> {
        self.confirm_password(user, password).await?;
        Ok(self.store.delete_user(user.account.id).await?)
    }

    /// Verifies the password of a user who is signed in.
    async fn confirm_password(&self, user: &CurrentUser, password: String) -> AppResult<()> {
        let attempts = self.count_password_check(user.account.id).await?;
        let hash = self.store.credentials(&user.account.email).await?.map(|(_, hash)| hash);
        if self.passwords.verify(password, hash).await? {
            return self.take_back(attempts).await;
        }
        // Not 401, to which our pages respond by asking to sign in again.
        Err(AppError::new(StatusCode::FORBIDDEN, "wrong_password", "The current password is wrong. Nothing was changed; check it and try again."))
    }
}
