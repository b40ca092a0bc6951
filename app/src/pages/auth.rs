//! `/sign-in` and `/sign-up`.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    backend::Instance,
    components::auth_form::AuthKind,
    islands::Island,
    pages::{island, refusal},
};

fn form(kind: AuthKind) -> impl IntoView {
    island(Island::AuthForm { kind, problem: use_query_map().with_untracked(refusal) })
}

#[component]
pub(crate) fn SignInPage() -> impl IntoView {
    let open = expect_context::<Instance>().registration_open;
    view! {
        <Title text="Sign in"/>
        <div class="narrow-page">
            <h1>"Sign in"</h1>
            {form(AuthKind::SignIn)}
            {open.then(|| view! { <p class="muted">"No account yet? " <a href="/sign-up">"Create one"</a></p> })}
        </div>
    }
}

#[component]
pub(crate) fn SignUpPage() -> impl IntoView {
    let open = expect_context::<Instance>().registration_open;
    view! {
        <Title text="Create account"/>
        <div class="narrow-page">
            <h1>"Create account"</h1>
            {if open {
                view! { {form(AuthKind::SignUp)} }.into_any()
            } else {
                view! { <p>"This server does not accept new accounts. Ask its operator to add one."</p> }.into_any()
            }}
            <p class="muted">"Have an account? " <a href="/sign-in">"Sign in"</a></p>
        </div>
    }
}
