//! `/account`: who is signed in, and the way out.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    components::{Loading, SignOut, or_problem},
    pages::load,
    wire::{Account, Problem},
    wording,
};

/// The account.
#[component]
pub fn AccountPage() -> impl IntoView {
    let account = load(|| (), |backend, ()| backend.me());
    view! {
        <Title text="Account"/>
        <h1>"Account"</h1>
        <Suspense fallback=Loading>
            {move || Suspend::new(async move {
                let account = account.await.and_then(|account| account.ok_or_else(signed_out));
                or_problem(account, |account| view! { <Details account/> })
            })}
        </Suspense>
    }
}

fn signed_out() -> Problem {
    Problem::new(401, "signed_out", "Signed out", "Sign in to see this page.")
}

#[component]
fn Details(account: Account) -> impl IntoView {
    view! {
        <dl class="facts">
            <dt>"E-mail address"</dt>
            <dd>{account.email}</dd>
            <dt>"Account made"</dt>
            <dd>{wording::date(account.created_at)}</dd>
        </dl>
        <SignOut/>
    }
}
