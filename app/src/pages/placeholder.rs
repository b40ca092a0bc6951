//! What stands where a page's data would: while it is on its way, and where it could not be had.

use leptos::{either::Either, prelude::*};
use leptos_meta::Title;

use super::NotFoundPage;
use crate::{actions, page_status::PageStatus, wire::Problem, wording};

/// The view of a result: its value's, or the problem's.
pub(crate) fn or_problem<T, V: IntoView>(result: Result<T, Problem>, view: impl FnOnce(T) -> V) -> impl IntoView {
    match result {
        Ok(value) => Either::Left(view(value)),
        Err(problem) => Either::Right(view! { <ProblemNote problem/> }),
    }
}

/// Says what is wrong; answers with its status; leaves for the sign-in page where that helps.
#[component]
pub(crate) fn ProblemNote(problem: Problem) -> impl IntoView {
    if problem.status == 404 {
        return view! { <NotFoundPage/> }.into_any();
    }
    // 0 is the browser's own: the server never renders it.
    PageStatus::set(if problem.status == 0 { 503 } else { problem.status });
    if problem.is_signed_out() {
        Effect::new(|_| actions::load_page("/sign-in"));
    }
    let (title, way, href) = wording::way_on(&problem);
    view! {
        <Title text=title/>
        <div class="empty-state" role="alert">
            <h1>{title}</h1>
            <p>{problem.detail}</p>
            <a class="button" href=href rel="external">{way}</a>
        </div>
    }
    .into_any()
}

/// A quiet line.
#[component]
pub(crate) fn Loading() -> impl IntoView {
    view! { <p class="loading soft">"Loading…"</p> }
}
