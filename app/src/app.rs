//! The content of `<body>`: the routes and what surrounds every page.

#![expect(unreachable_pub, reason = "leptos' macro makes a hidden public function beside each component")]

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{FlatRoutes, Route, Router},
    path,
};

use crate::{
    actions,
    islands::Island,
    live::LiveProgress,
    pages::{AccountPage, Footer, Header, JobPage, JobsPage, LandingPage, ListPage, ListsPage, NotFoundPage, SignInPage, SignUpPage, island},
    visitor::Visitor,
    wording,
};

/// Expects the contexts [`Instance`](crate::backend::Instance) and `Arc<dyn Backend>`.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_context(LiveProgress::new());
    provide_context(Visitor::new());
    // The previous page stays until the next one has its data.
    let (routing, set_routing) = signal(false);

    Effect::new(|_| actions::mark_ready());

    view! {
        <Title formatter=title/>
        <Router set_is_routing=set_routing>
            <a class="skip-link" href="#main">"Skip to content"</a>
            <div class="navigation-progress" class:busy=routing aria-hidden="true"></div>
            <Header/>
            <main id="main" tabindex="-1">
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
            {island(Island::Tab)}
        </Router>
    }
}

/// leptos_meta writes this between `<title>` and `</title>` as it is, and in the browser sets it as `document.title`, which is plain text:
/// so the server escapes, here and nowhere else.
fn title(page: String) -> String {
    let title = wording::document_title(&page);
    #[cfg(feature = "ssr")]
    let title = html_escape::encode_text(&title).into_owned();
    title
}
