//! What a page shows while its data loads, if loading failed, and if there is no such page.

use leptos::{either::Either, prelude::*};
use leptos_meta::Title;

use crate::{actions, page_status::PageStatus, wire::Problem, wording};

pub(crate) fn or_problem<T, V: IntoView>(result: Result<T, Problem>, view: impl FnOnce(T) -> V) -> impl IntoView {
    match result {
        Ok(value) => Either::Left(view(value)),
        Err(problem) => Either::Right(view! { <ProblemNote problem/> }),
    }
}

/// Sets the page's status; loads the sign-in page if the session has ended.
#[component]
pub(crate) fn ProblemNote(problem: Problem) -> impl IntoView {
    if problem.status == 404 {
        return view! { <NotFoundPage/> }.into_any();
    }
    // 0 means that the browser got no answer; the server never renders it.
    PageStatus::set(if problem.status == 0 { 503 } else { problem.status });
    if problem.is_signed_out() {
        Effect::new(|_| actions::load_page("/sign-in"));
    }
    let (title, label, href) = wording::next_step_link(&problem);
    view! {
        <Title text=title/>
        <div class="empty-state" role="alert">
            <h1>{title}</h1>
            <p>{problem.detail}</p>
            <a class="button" href=href rel="external">{label}</a>
        </div>
    }
    .into_any()
}

/// Sets the status to 404.
#[component]
pub(crate) fn NotFoundPage() -> impl IntoView {
    PageStatus::set(404);
    view! {
        <Title text="Not found"/>
        <div class="empty-state">
            <h1>"There is nothing here"</h1>
            <p>"The address may be wrong, or the page may have been deleted."</p>
            <a class="button" href="/lists">"Go to your lists"</a>
        </div>
    }
}

#[component]
pub(crate) fn Loading() -> impl IntoView {
    view! { <p class="loading muted">"Loading…"</p> }
}
