//! What server and browser share; no input or output of its own.
//!
//! | module | owns |
//! | --- | --- |
//! | [`wire`] | the contract as types |
//! | [`progress`] | what the browser makes of progress updates; pure |
//! | [`backend`] | the trait by which pages get their data |
//! | [`live`] | the board and the connection as signals |
//! | [`pages`] | one file a page: loads data, arranges components |
//! | [`components`] | one file a component: shows data, asks for actions |
//! | [`actions`] | what a user's hand asks of the server, by script; on the server nothing |
//! | [`wording`] | how dates, lengths and problems are said; pure |
//! | `shell` | the HTML document; server only |
//! | `browser` | the browser's edge: HTTP, the socket, the tab; browser only |
//! | `entry` | what the browser provides before `App`; browser only |
//!
//! A view says the same on the server and in the browser at first: no clock, no locale, no chance. What differs is started in
//! effects, which only the browser runs. Resources are made at the top of a page, never inside a `Suspend`, so that both
//! sides number them alike.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{FlatRoutes, Route, Router},
    path,
};

pub mod actions;
pub mod backend;
#[cfg(feature = "browser")]
pub mod browser;
pub mod components;
#[cfg(feature = "browser")]
pub mod entry;
pub mod live;
pub mod page_status;
pub mod pages;
pub mod progress;
#[cfg(feature = "ssr")]
pub mod shell;
pub mod visitor;
pub mod wire;
pub mod wording;

use components::{Announcer, Footer, Header, Notices};
use live::Live;
use pages::{AccountPage, JobPage, JobsPage, LandingPage, ListPage, ListsPage, NotFoundPage, SignInPage, SignUpPage};
use visitor::Visitor;

/// Everything inside `<body>`. Expects [`backend::Instance`] and `Arc<dyn backend::Backend>` as contexts.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let live = Live::new();
    provide_context(live);
    let visitor = Visitor::new();
    provide_context(visitor);
    // The page before stays until the next one has its data, so that no navigation shows an empty page.
    let (routing, set_routing) = signal(false);

    Effect::new(move |_| {
        if visitor.account().is_some() {
            live.start();
        }
    });
    Effect::new(|_| actions::mark_ready());

    view! {
        <Title formatter=move |title: String| wording::document_title(&title, live.board.try_with(wording::running).flatten())/>
        <Router set_is_routing=set_routing>
            <a class="skip-link" href="#main">"Skip to the content"</a>
            <div class="routing" class:busy=routing aria-hidden="true"></div>
            <Header/>
            <main id="main">
                <FlatRoutes fallback=NotFoundPage>
                    <Route path=path!("/") view=LandingPage ssr=SsrMode::Async/>
                    <Route path=path!("/sign-in") view=SignInPage ssr=SsrMode::Async/>
                    <Route path=path!("/sign-up") view=SignUpPage ssr=SsrMode::Async/>
                    <Route path=path!("/lists") view=ListsPage ssr=SsrMode::Async/>
                    <Route path=path!("/lists/:id") view=ListPage ssr=SsrMode::Async/>
                    <Route path=path!("/jobs") view=JobsPage ssr=SsrMode::Async/>
                    <Route path=path!("/jobs/:id") view=JobPage ssr=SsrMode::Async/>
                    <Route path=path!("/account") view=AccountPage ssr=SsrMode::Async/>
                </FlatRoutes>
            </main>
            <Footer/>
            <Announcer/>
            <Notices/>
        </Router>
    }
}
