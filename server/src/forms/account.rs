//! Signing up, in and out; and the account page: the password, sessions, deleting the account.

use app::wire::{Credentials, PasswordChange};
use axum::{
    Router,
    extract::State,
    http::header,
    response::{AppendHeaders, IntoResponse, Response},
    routing::post,
};
use uuid::Uuid;

use super::{
    form::Form,
    redirect::{FormUser, ReturnTo, see_other},
};
use crate::{
    api::{self, Path},
    auth::{MaybeUser, SignedIn, cookie, limits::Client},
    error::AppResult,
    state::AppState,
};

/// Where everybody starts after signing in.
const HOME: &str = "/lists";
const ACCOUNT: &str = "/account";

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/sign-up", post(sign_up))
        .route("/sign-in", post(sign_in))
        .route("/sign-out", post(sign_out))
        .route("/account/password", post(change_password))
        .route("/account/sessions/end-others", post(end_other_sessions))
        .route("/account/sessions/{id}/end", post(end_session))
        .route("/account/delete", post(delete_account))
}

fn credentials(form: &Form) -> Credentials {
    Credentials { email: form.field("email").into(), password: form.field("password").into() }
}

fn enter(signed_in: AppResult<SignedIn>, return_to: &ReturnTo, page: &str) -> Response {
    match signed_in {
        Ok(SignedIn { cookie, .. }) => (AppendHeaders([(header::SET_COOKIE, cookie)]), see_other(HOME)).into_response(),
        Err(error) => return_to.with_problem(&error, page),
    }
}

async fn sign_up(State(state): State<AppState>, client: Client, return_to: ReturnTo, form: Form) -> Response {
    enter(state.auth.register(credentials(&form), &client).await, &return_to, "/sign-up")
}

async fn sign_in(State(state): State<AppState>, client: Client, return_to: ReturnTo, form: Form) -> Response {
    enter(state.auth.sign_in(credentials(&form), &client).await, &return_to, "/sign-in")
}

/// Deletes the cookie only if the session has ended, or there was none: otherwise signing out would only seem to work.
async fn sign_out(State(state): State<AppState>, MaybeUser(user): MaybeUser, return_to: ReturnTo) -> Response {
    let ended = match user {
        Ok(Some(user)) => api::sign_out(&state, &user).await,
        Ok(None) => Ok(()),
        Err(error) => Err(error),
    };
    match ended.and_then(|()| cookie::clear(&state.settings)) {
        Ok(cookie) => (AppendHeaders([(header::SET_COOKIE, cookie)]), see_other("/sign-in")).into_response(),
        Err(error) => return_to.with_problem(&error, HOME),
    }
}

async fn change_password(State(state): State<AppState>, FormUser(user): FormUser, return_to: ReturnTo, form: Form) -> Response {
    let change = PasswordChange { current_password: form.field("current_password").into(), new_password: form.field("new_password").into() };
    return_to.then(api::change_password(&state, &user, change).await, |()| "/account?done=password", ACCOUNT)
}

async fn end_other_sessions(State(state): State<AppState>, FormUser(user): FormUser, return_to: ReturnTo) -> Response {
    return_to.then(api::end_other_sessions(&state, &user).await, |()| "/account?done=sessions", ACCOUNT)
}

async fn end_session(State(state): State<AppState>, FormUser(user): FormUser, return_to: ReturnTo, Path(id): Path<Uuid>) -> Response {
    return_to.then(api::end_session(&state, &user, id).await, |()| "/account?done=session", ACCOUNT)
}

async fn delete_account(State(state): State<AppState>, FormUser(user): FormUser, return_to: ReturnTo, form: Form) -> Response {
    match api::delete_account(&state, &user, form.field("password").into()).await.and_then(|()| cookie::clear(&state.settings)) {
        Ok(cookie) => (AppendHeaders([(header::SET_COOKIE, cookie)]), see_other("/")).into_response(),
        Err(error) => return_to.with_problem(&error, ACCOUNT),
    }
}
