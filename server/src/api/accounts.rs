//! `/api/auth/…`: accounts, sessions, tokens.

use app::wire::{Account, AccountDeletion, AuthResponse, Credentials, Page, PasswordChange, Refresh, RefreshToken, Session};
use axum::{
    Router,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{AppendHeaders, IntoResponse},
    routing::{delete, get, post},
};
use uuid::Uuid;

use super::{Json, Path, announce};
use crate::{
    auth::{CurrentUser, SignedIn, cookie, limits::Client},
    error::{AppError, AppResult},
    state::AppState,
    store::{Entity, StoreError},
};

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/auth/register", post(register))
        .route("/auth/login", post(login))
        .route("/auth/refresh", post(refresh))
        .route("/auth/logout", post(logout))
        .route("/auth/me", get(me).delete(delete_me))
        .route("/auth/password", post(password))
        .route("/auth/sessions", get(sessions).delete(end_others))
        .route("/auth/sessions/{id}", delete(end_one).get(session))
}

type WithCookie = AppendHeaders<[(header::HeaderName, HeaderValue); 1]>;

fn with_cookie(value: HeaderValue) -> WithCookie {
    AppendHeaders([(header::SET_COOKIE, value)])
}

async fn register(
    State(state): State<AppState>,
    client: Client,
    Json(credentials): Json<Credentials>,
) -> AppResult<(StatusCode, WithCookie, Json<AuthResponse>)> {
    let SignedIn { tokens, cookie } = state.auth.register(credentials, &client).await?;
    Ok((StatusCode::CREATED, with_cookie(cookie), Json(tokens)))
}

async fn login(State(state): State<AppState>, client: Client, Json(credentials): Json<Credentials>) -> AppResult<(WithCookie, Json<AuthResponse>)> {
    let SignedIn { tokens, cookie } = state.auth.sign_in(credentials, &client).await?;
    Ok((with_cookie(cookie), Json(tokens)))
}

async fn refresh(State(state): State<AppState>, Json(body): Json<RefreshToken>) -> AppResult<Json<Refresh>> {
    Ok(Json(state.auth.refresh(&body.refresh_token).await?))
}

/// Ends the asking session everywhere.
///
/// # Errors
/// 503 where the database is away.
pub async fn sign_out(state: &AppState, user: &CurrentUser) -> AppResult<()> {
    end_session(state, user, user.session_id).await
}

/// Ends one of the user's sessions.
///
/// # Errors
/// 404 for one that is not this user's; 503.
pub async fn end_session(state: &AppState, user: &CurrentUser, session_id: Uuid) -> AppResult<()> {
    let (state, user_id) = (state.clone(), user.account.id);
    // In a task of its own: a browser that signs out and leaves takes its request with it, and the sockets would not hear of the end.
    let ending = tokio::spawn(async move {
        state.store.end_session(user_id, session_id).await?;
        announce::sessions_ended(&state, &[session_id]).await;
        Ok(())
    });
    ending.await.map_err(|error| AppError::internal(&error))?
}

async fn logout(State(state): State<AppState>, user: CurrentUser) -> AppResult<impl IntoResponse> {
    sign_out(&state, &user).await?;
    Ok((StatusCode::NO_CONTENT, with_cookie(cookie::clear(&state.settings)?)))
}

async fn me(user: CurrentUser) -> Json<Account> {
    Json(user.account)
}

/// Deletes the account with everything in it.
///
/// # Errors
/// 403 `wrong_password`, 429, 503.
pub async fn delete_account(state: &AppState, user: &CurrentUser, password: String) -> AppResult<()> {
    // The ended sessions close every socket that shows the account's jobs, so the jobs need no signals of their own.
    let sessions = state.auth.delete_account(user, password).await?;
    announce::sessions_ended(state, &sessions).await;
    Ok(())
}

async fn delete_me(State(state): State<AppState>, user: CurrentUser, Json(body): Json<AccountDeletion>) -> AppResult<impl IntoResponse> {
    delete_account(&state, &user, body.password).await?;
    Ok((StatusCode::NO_CONTENT, with_cookie(cookie::clear(&state.settings)?)))
}

/// Sets a new password and ends the other sessions.
///
/// # Errors
/// 403 `wrong_password`, 422 `weak_password`, 429, 503.
pub async fn change_password(state: &AppState, user: &CurrentUser, change: PasswordChange) -> AppResult<()> {
    let ended = state.auth.change_password(user, change).await?;
    announce::sessions_ended(state, &ended).await;
    Ok(())
}

async fn password(State(state): State<AppState>, user: CurrentUser, Json(change): Json<PasswordChange>) -> AppResult<StatusCode> {
    change_password(&state, &user, change).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn sessions(State(state): State<AppState>, user: CurrentUser) -> AppResult<Json<Page<Session>>> {
    Ok(Json(Page { items: state.auth.sessions(&user).await?, next_cursor: None }))
}

async fn session(State(state): State<AppState>, user: CurrentUser, Path(id): Path<Uuid>) -> AppResult<Json<Session>> {
    let session = state.auth.sessions(&user).await?.into_iter().find(|session| session.id == id);
    Ok(Json(session.ok_or(StoreError::NotFound(Entity::Session))?))
}

async fn end_one(State(state): State<AppState>, user: CurrentUser, Path(id): Path<Uuid>) -> AppResult<impl IntoResponse> {
    end_session(&state, &user, id).await?;
    let cookie = if id == user.session_id { Some(with_cookie(cookie::clear(&state.settings)?)) } else { None };
    Ok((StatusCode::NO_CONTENT, cookie, ()))
}

/// Ends every session of the user but the asking one.
///
/// # Errors
/// 503 where the database is away.
pub async fn end_other_sessions(state: &AppState, user: &CurrentUser) -> AppResult<()> {
    for session in state.auth.sessions(user).await?.iter().filter(|session| !session.current) {
        end_session(state, user, session.id).await?;
    }
    Ok(())
}

async fn end_others(State(state): State<AppState>, user: CurrentUser) -> AppResult<StatusCode> {
    end_other_sessions(&state, &user).await?;
    Ok(StatusCode::NO_CONTENT)
}
