//! Signing up, in and out, and what else changes an account. The API and the forms both come here.

use app::wire::{Account, AuthResponse, Credentials, PasswordChange, Refresh, Session};
use axum::http::{HeaderValue, StatusCode};
use uuid::Uuid;

use super::{Auth, CurrentUser, Secret, cookie, limits::Client, rules, token};
use crate::{
    config::Registration,
    error::{AppError, AppResult},
    store::{NewSession, StoreError},
};

/// What signing up or in leads to.
pub struct SignedIn {
    /// For programs.
    pub answer: AuthResponse,
    /// `Set-Cookie`, for browsers.
    pub cookie: HeaderValue,
}

impl Auth {
    /// Makes an account and signs in to it.
    ///
    /// # Errors
    /// 403 where registration is closed, 409 for a taken address, 422 for a bad address or password, 429, 503.
    pub async fn register(&self, credentials: Credentials, client: &Client) -> AppResult<SignedIn> {
        if self.settings.registration == Registration::Closed {
            return Err(StoreError::RegistrationClosed.into());
        }
        let address = rules::address(&credentials.email)?;
        rules::password(&credentials.password, &address)?;
        self.limit_register(client).await?;
        let hash = self.passwords.hash(credentials.password).await?;
        let only_if_first = self.settings.registration == Registration::First;
        let account = self.store.create_user(&address, &hash, only_if_first).await?;
        self.open_session(account, client).await
    }

    /// Signs in. A wrong password and an unknown address take the same time and get the same words.
    ///
    /// # Errors
    /// 401 `wrong_credentials`, 429, 503.
    pub async fn sign_in(&self, credentials: Credentials, client: &Client) -> AppResult<SignedIn> {
        let address = rules::address(&credentials.email).ok();
        self.limit_sign_in(address.as_deref(), client).await?;
        let found = match &address {
            Some(address) => self.store.credentials(address).await?,
            None => None,
        };
        let (account, hash) = found.unzip();
        let right = self.passwords.verify(credentials.password, hash).await?;
        match account {
            Some(account) if right => self.open_session(account, client).await,
            _ => Err(AppError::new(StatusCode::UNAUTHORIZED, "wrong_credentials", "The address or the password is wrong. Check both and try again.")),
        }
    }

    async fn open_session(&self, account: Account, client: &Client) -> AppResult<SignedIn> {
        let (secret, refresh) = (Secret::random()?, Secret::random()?);
        let session = NewSession {
            user_id: account.id,
            cookie_hash: secret.digest(),
            refresh_hash: refresh.digest(),
            user_agent: client.user_agent.clone(),
            ttl: self.settings.session_ttl(),
        };
        let session_id = self.store.open_session(session).await?;
        let Refresh { access_token, token_type, expires_in } = self.access_token(account.id, session_id)?;
        let answer = AuthResponse { user: account, access_token, refresh_token: refresh.reveal(), token_type, expires_in };
        Ok(SignedIn { answer, cookie: cookie::set(&secret.reveal(), &self.settings)? })
    }

    fn access_token(&self, user_id: Uuid, session_id: Uuid) -> AppResult<Refresh> {
        let access_token = self.tokens.issue(user_id, session_id, token::now())?;
        Ok(Refresh { access_token, token_type: "bearer".into(), expires_in: token::ACCESS_TTL })
    }

    /// A new access token for a refresh token, which stays as it is and ends with its session.
    ///
    /// # Errors
    /// 401 for one that is unknown or whose session has ended; 503.
    pub async fn refresh(&self, refresh_token: &str) -> AppResult<Refresh> {
        let user = match Secret::parse(refresh_token) {
            Some(secret) => self.store.session_by_refresh(&secret.digest()).await?,
            None => None,
        };
        let user = user.ok_or_else(AppError::signed_out)?;
        self.access_token(user.account.id, user.session_id)
    }

    /// The user's sessions, the asking one marked.
    ///
    /// # Errors
    /// 503 where the database is away.
    pub async fn sessions(&self, user: &CurrentUser) -> AppResult<Vec<Session>> {
        let mut sessions = self.store.sessions(user.account.id).await?;
        for session in &mut sessions {
            session.current = session.id == user.session_id;
        }
        Ok(sessions)
    }

    /// Sets a new password and ends the other sessions; answers those, to be made known.
    ///
    /// # Errors
    /// 403 `wrong_password`, 422 `weak_password`, 429, 503.
    pub async fn change_password(&self, user: &CurrentUser, change: PasswordChange) -> AppResult<Vec<Uuid>> {
        rules::password(&change.new_password, &user.account.email)?;
        self.confirm_password(user, change.current_password).await?;
        let hash = self.passwords.hash(change.new_password).await?;
        Ok(self.store.set_password(user.account.id, &hash, Some(user.session_id)).await?)
    }

    /// Deletes the account with everything in it; answers its sessions, which end with it, to be made known.
    ///
    /// # Errors
    /// 403 `wrong_password`, 429, 503.
    pub async fn delete_account(&self, user: &CurrentUser, password: String) -> AppResult<Vec<Uuid>> {
        self.confirm_password(user, password).await?;
        Ok(self.store.delete_user(user.account.id).await?)
    }

    /// Asks somebody who is signed in for their password once more.
    async fn confirm_password(&self, user: &CurrentUser, password: String) -> AppResult<()> {
        self.limit_password(user.account.id).await?;
        let hash = self.store.credentials(&user.account.email).await?.map(|(_, hash)| hash);
        if self.passwords.verify(password, hash).await? {
            return Ok(());
        }
        // Not 401: whoever asks is signed in, and a browser that reads 401 would ask them to do that again.
        Err(AppError::new(StatusCode::FORBIDDEN, "wrong_password", "The current password is wrong. Nothing was changed; check it and try again."))
    }
}
