//! Header and footer of every page.

use leptos::prelude::*;
use leptos_router::components::A;

use super::{account::SignOut, island};
use crate::{backend::Instance, islands::Island, visitor::Visitor};

#[component]
pub(crate) fn Header() -> impl IntoView {
    let visitor = expect_context::<Visitor>();
    view! {
        <header class="site-header">
            <a class="brand" href="/">
                <svg width="22" height="22" viewBox="0 0 22 22" aria-hidden="true">
                    <rect class="tile" width="22" height="22" rx="6"/>
                    <path class="play" d="M8 6.5v9l7-4.5z"/>
                </svg>
                "Playmarks"
            </a>
            <Suspense>
                {move || Suspend::new(async move {
                    if visitor.wait().await.is_some() { view! { {island(Island::ConnectionIndicator)} <MemberNav/> }.into_any() } else { view! { <VisitorNav/> }.into_any() }
                })}
            </Suspense>
        </header>
    }
}

#[component]
fn MemberNav() -> impl IntoView {
    view! {
        <nav aria-label="Main">
            <A href="/lists">"Lists"</A>
            <A href="/jobs">"Jobs"</A>
            <A href="/account">"Account"</A>
        </nav>
        <SignOut quiet=true/>
    }
}

#[component]
fn VisitorNav() -> impl IntoView {
    let open = expect_context::<Instance>().registration_open;
    view! {
        <nav aria-label="Main">
            <A href="/sign-in">"Sign in"</A>
            {open.then(|| view! { <A href="/sign-up">"Create account"</A> })}
        </nav>
    }
}

#[component]
pub(crate) fn Footer() -> impl IntoView {
    let Instance { version, demo, .. } = expect_context();
    view! {
        <footer class="site-footer">
            {demo.then(|| view! { <p class="demo-note">"Demo: titles are invented, and nothing is looked up on YouTube."</p> })}
            <p>{format!("Playmarks {version}")}</p>
        </footer>
    }
}
