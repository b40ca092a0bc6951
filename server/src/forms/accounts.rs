//! Signing up, in and out.

use app::wire::Credentials;
use axum::{
    Router,
    extract::State,
    http::header,
    response::{AppendHeaders, IntoResponse, Response},
    routing::post,
};

use super::{back::Back, fields::Fields};
use crate::{
    api,
    auth::{MaybeUser, SignedIn, cookie, limits::Client},
    error::AppResult,
    state::AppState,
};

/// Where everybody begins.
const HOME: &str = "/lists";

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/sign-up", post(sign_up)).route("/sign-in", post(sign_in)).route("/sign-out", post(sign_out))
}

fn credentials(fields: &Fields) -> Credentials {
    Credentials { email: fields.one("email").into(), password: fields.one("password").into() }
}

fn enter(signed_in: AppResult<SignedIn>, back: &Back, page: &str) -> Response {
    match signed_in {
        Ok(SignedIn { cookie, .. }) => (AppendHeaders([(header::SET_COOKIE, cookie)]), Back::to(HOME)).into_response(),
        Err(error) => back.with(&error, page),
    }
}

async fn sign_up(State(state): State<AppState>, client: Client, back: Back, fields: Fields) -> Response {
    enter(state.auth.register(credentials(&fields), &client).await, &back, "/sign-up")
}

async fn sign_in(State(state): State<AppState>, client: Client, back: Back, fields: Fields) -> Response {
    enter(state.auth.sign_in(credentials(&fields), &client).await, &back, "/sign-in")
}

/// Takes the cookie away only where the session has ended with it, or was none: the button must not only look as if it worked.
async fn sign_out(State(state): State<AppState>, MaybeUser(user): MaybeUser, back: Back) -> Response {
    let ended = match user {
        Ok(Some(user)) => api::sign_out(&state, &user).await,
        Ok(None) => Ok(()),
        Err(error) => Err(error),
    };
    match ended.and_then(|()| cookie::clear(&state.settings)) {
        Ok(cookie) => (AppendHeaders([(header::SET_COOKIE, cookie)]), Back::to("/sign-in")).into_response(),
        Err(error) => back.with(&error, HOME),
    }
}
