//! `/api/auth/…`: accounts, sessions, tokens; and `/api/ws/ticket`.

use app::wire::{Account, AccountDeletion, AuthResponse, Credentials, Page, PasswordChange, Refresh, RefreshToken, Session, Ticket};
use axum::{
    Router,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{AppendHeaders, IntoResponse},
    routing::{get, post},
};
use uuid::Uuid;

use super::{Json, Path, announce};
use crate::{
    auth::{Client, CurrentUser, SignedIn, cookie},
    error::AppResult,
    state::AppState,
    store::{Entity, SessionKey, StoreError},
};

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/auth/register", post(register))
        .route("/auth/login", post(login))
        .route("/auth/refresh", post(refresh))
        .route("/auth/logout", post(logout))
        .route("/auth/me", get(get_me).delete(delete_me))
        .route("/auth/password", post(post_password))
        .route("/auth/sessions", get(list_sessions).delete(delete_other_sessions))
        .route("/auth/sessions/{id}", get(get_session).delete(delete_session))
        .route("/ws/ticket", post(create_ticket))
}

type SetCookie = AppendHeaders<[(header::HeaderName, HeaderValue); 1]>;

fn set_cookie(value: HeaderValue) -> SetCookie {
    AppendHeaders([(header::SET_COOKIE, value)])
}

async fn register(
    State(state): State<AppState>,
    client: Client,
    Json(credentials): Json<Credentials>,
) -> AppResult<(StatusCode, SetCookie, Json<AuthResponse>)> {
    let SignedIn { tokens, cookie } = state.auth.register(credentials, &client).await?;
    Ok((StatusCode::CREATED, set_cookie(cookie), Json(tokens)))
}

async fn login(State(state): State<AppState>, client: Client, Json(credentials): Json<Credentials>) -> AppResult<(SetCookie, Json<AuthResponse>)> {
    let SignedIn { tokens, cookie } = state.auth.sign_in(credentials, &client).await?;
    Ok((set_cookie(cookie), Json(tokens)))
}

async fn refresh(State(state): State<AppState>, Json(body): Json<RefreshToken>) -> AppResult<Json<Refresh>> {
    Ok(Json(state.auth.refresh(&body.refresh_token).await?))
}

/// Ends the session of this request, in all its tabs and programs.
pub(crate) async fn sign_out(state: &AppState, user: &CurrentUser) -> AppResult<()> {
    end_session(state, user, user.session_id).await
}

/// Ends one of the user's sessions.
///
/// # Errors
/// 404 if the user has no such session.
pub(crate) async fn end_session(state: &AppState, user: &CurrentUser, session_id: Uuid) -> AppResult<()> {
    let user_id = user.account.id;
    let end = async move |state: AppState| {
        state.store.end_session(user_id, session_id).await?;
        announce::sessions_ended(&state, &[session_id]).await;
        Ok(())
    };
    state.run_to_completion(end).await
}

async fn logout(State(state): State<AppState>, user: CurrentUser) -> AppResult<impl IntoResponse> {
    sign_out(&state, &user).await?;
    Ok((StatusCode::NO_CONTENT, set_cookie(cookie::clear(&state.settings)?)))
}

async fn get_me(user: CurrentUser) -> Json<Account> {
    Json(user.account)
}

/// Deletes the account with everything in it.
///
/// # Errors
/// 403 `wrong_password`, 429.
pub(crate) async fn delete_account(state: &AppState, user: &CurrentUser, password: String) -> AppResult<()> {
    let user = user.clone();
    // Ending the sessions closes all sockets that show the account's jobs, so the jobs need no signals of their own.
    let delete = async move |state: AppState| {
        let sessions = state.auth.delete_account(&user, password).await?;
        announce::sessions_ended(&state, &sessions).await;
        Ok(())
    };
    state.run_to_completion(delete).await
}

async fn delete_me(State(state): State<AppState>, user: CurrentUser, Json(body): Json<AccountDeletion>) -> AppResult<impl IntoResponse> {
    delete_account(&state, &user, body.password).await?;
    Ok((StatusCode::NO_CONTENT, set_cookie(cookie::clear(&state.settings)?)))
}

/// Sets a new password and ends all other sessions.
///
/// # Errors
/// 403 `wrong_password`, 422 `weak_password`, 429.
pub(crate) async fn change_password(state: &AppState, user: &CurrentUser, change: PasswordChange) -> AppResult<()> {
    let user = user.clone();
    let set_password = async move |state: AppState| {
        let ended = state.auth.change_password(&user, change).await?;
        announce::sessions_ended(&state, &ended).await;
        Ok(())
    };
    state.run_to_completion(set_password).await
}

async fn post_password(State(state): State<AppState>, user: CurrentUser, Json(change): Json<PasswordChange>) -> AppResult<StatusCode> {
    change_password(&state, &user, change).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn list_sessions(State(state): State<AppState>, user: CurrentUser) -> AppResult<Json<Page<Session>>> {
    Ok(Json(Page { items: state.auth.sessions(&user).await?, next_cursor: None }))
}

async fn get_session(State(state): State<AppState>, user: CurrentUser, Path(id): Path<Uuid>) -> AppResult<Json<Session>> {
    let session = state.auth.sessions(&user).await?.into_iter().find(|session| session.id == id);
    Ok(Json(session.ok_or(StoreError::NotFound(Entity::Session))?))
}

async fn delete_session(State(state): State<AppState>, user: CurrentUser, Path(id): Path<Uuid>) -> AppResult<impl IntoResponse> {
    end_session(&state, &user, id).await?;
    let cookie = if id == user.session_id { Some(set_cookie(cookie::clear(&state.settings)?)) } else { None };
    Ok((StatusCode::NO_CONTENT, cookie, ()))
}

/// Ends all sessions of the user except that of this request.
pub(crate) async fn end_other_sessions(state: &AppState, user: &CurrentUser) -> AppResult<()> {
    for session in state.auth.sessions(user).await?.iter().filter(|session| !session.current) {
        end_session(state, user, session.id).await?;
    }
    Ok(())
}

async fn delete_other_sessions(State(state): State<AppState>, user: CurrentUser) -> AppResult<StatusCode> {
    end_other_sessions(&state, &user).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Tickets keep long-lived secrets out of the socket's URL. Refused for the same reasons as the upgrade, because a page cannot see why a
/// handshake failed.
async fn create_ticket(State(state): State<AppState>, client: Client, session: SessionKey) -> AppResult<(StatusCode, Json<Ticket>)> {
    drop(state.auth.socket_permit(&client)?);
    // Only this statement knows the user. A ticket that is not handed out expires.
    let (user_id, ticket) = state.auth.issue_ticket(&session).await?;
    state.hub.check_capacity(user_id)?;
    Ok((StatusCode::CREATED, Json(ticket)))
}
