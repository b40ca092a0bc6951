//! `/account`: account, sessions, password, deletion. All plain forms.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use self::{password::PasswordForm, sessions::Sessions};
use crate::{
    components::auth_form::ShowPassword,
    pages::{Loading, load, or_problem, refusal},
    visitor::Visitor,
    wire::{Account, Problem},
    wording,
};

mod password;
mod sessions;

pub(crate) use sessions::SignOut;

#[component]
pub(crate) fn AccountPage() -> impl IntoView {
    let visitor = expect_context::<Visitor>();
    let sessions = load(|| (), |backend, ()| backend.sessions());
    let query = use_query_map();
    let done = query.with_untracked(|query| query.get_str("done").and_then(wording::done));
    let problem = query.with_untracked(refusal);
    let notices = StoredValue::new((done, problem));
    view! {
        <Suspense fallback=Loading>
            {move || Suspend::new(async move {
                let found = match (visitor.wait().await, sessions.await) {
                    (Some(account), Ok(sessions)) => Ok((account, sessions)),
                    (None, Ok(_)) => Err(Problem::new(401, "signed_out", "Signed out", "Sign in to see this page.")),
                    (_, Err(problem)) => Err(problem),
                };
                let (done, problem) = notices.get_value();
                or_problem(found, move |(account, sessions)| view! {
                    <Title text="Account"/>
                    <h1>"Account"</h1>
                    <p class="form-success" role="status">{done}</p>
                    <p class="form-error" role="alert">{problem}</p>
                    <Details account=account.clone()/>
                    <Sessions sessions/>
                    <PasswordForm email=account.email.clone()/>
                    <DeleteAccount email=account.email/>
                })
            })}
        </Suspense>
    }
}

#[component]
fn Details(account: Account) -> impl IntoView {
    view! {
        <dl class="facts">
            <dt>"E-mail address"</dt>
            <dd><bdi>{account.email}</bdi></dd>
            <dt>"Account created"</dt>
            <dd>{wording::date(account.created_at)}</dd>
        </dl>
        <SignOut/>
    }
}

#[component]
fn DeleteAccount(email: String) -> impl IntoView {
    view! {
        <section class="delete-account" aria-labelledby="delete">
            <h2 id="delete">"Delete account"</h2>
            <details>
                <summary>"Delete this account…"</summary>
                <form method="post" action="/account/delete">
                    <p class="muted">"All lists, videos and jobs of this account will be deleted. This cannot be undone."</p>
                    <input type="email" name="email" autocomplete="username" value=email readonly hidden/>
                    <label for="your-password">"Your password"</label>
                    <div class="password-field">
                        <input id="your-password" name="password" type="password" required autocomplete="current-password"/>
                        <ShowPassword field="your-password"/>
                    </div>
                    <button class="danger" type="submit">"Delete account permanently"</button>
                </form>
            </details>
        </section>
    }
}
