//! What the account's page changes: the password, sessions, the account itself.

use app::wire::PasswordChange;
use axum::{
    Router,
    extract::State,
    http::header,
    response::{AppendHeaders, IntoResponse, Response},
    routing::post,
};
use uuid::Uuid;

use super::{
    back::{Back, FormUser},
    fields::Fields,
};
use crate::{
    api::{self, Path},
    auth::cookie,
    state::AppState,
};

const PAGE: &str = "/account";

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/account/password", post(change_password))
        .route("/account/sessions/end-others", post(end_others))
        .route("/account/sessions/{id}/end", post(end_session))
        .route("/account/delete", post(delete))
}

async fn change_password(State(state): State<AppState>, FormUser(user): FormUser, back: Back, fields: Fields) -> Response {
    let change = PasswordChange { current_password: fields.one("current_password").into(), new_password: fields.one("new_password").into() };
    back.after(api::change_password(&state, &user, change).await, |()| "/account?done=password", PAGE)
}

async fn end_others(State(state): State<AppState>, FormUser(user): FormUser, back: Back) -> Response {
    back.after(api::end_other_sessions(&state, &user).await, |()| "/account?done=sessions", PAGE)
}

async fn end_session(State(state): State<AppState>, FormUser(user): FormUser, back: Back, Path(id): Path<Uuid>) -> Response {
    back.after(api::end_session(&state, &user, id).await, |()| "/account?done=session", PAGE)
}

async fn delete(State(state): State<AppState>, FormUser(user): FormUser, back: Back, fields: Fields) -> Response {
    match api::delete_account(&state, &user, fields.one("password").into()).await.and_then(|()| cookie::clear(&state.settings)) {
        Ok(cookie) => (AppendHeaders([(header::SET_COOKIE, cookie)]), Back::to("/")).into_response(),
        Err(error) => back.with(&error, PAGE),
    }
}
