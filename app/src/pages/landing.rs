//! `/`: what Playmarks is, and the way in.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{backend::Instance, components::samples::ProgressSample, visitor::Visitor};

/// The first page of a visitor; somebody signed in is offered the lists.
#[component]
pub fn LandingPage() -> impl IntoView {
    let visitor = expect_context::<Visitor>();
    let open = expect_context::<Instance>().registration_open;
    let ways_in = move |signed_in: bool| {
        if signed_in {
            return view! { <a class="button main" href="/lists">"Your lists"</a> }.into_any();
        }
        view! {
            {open.then(|| view! { <a class="button main" href="/sign-up">"Create account"</a> })}
            <a class="button" class:main=!open href="/sign-in">"Sign in"</a>
        }
        .into_any()
    };
    view! {
        <Title text=""/>
        <section class="hero">
            <div>
                <h1>"Your YouTube lists, kept where you can find them"</h1>
                <p class="lead">
                    "Upload the file that YouTube’s Takeout gives you. Playmarks looks up every video, tells you which ones are gone, and keeps them all in order. No file at hand? There is a sample to try."
                </p>
                <div class="ways-in">
                    <Suspense>{move || Suspend::new(async move { ways_in(visitor.wait().await.is_some()) })}</Suspense>
                </div>
            </div>
            <ProgressSample/>
        </section>
        <section class="reasons">
            <div>
                <h2>"Every line is accounted for"</h2>
                <p>"New, already there, or not a video: each import ends with a receipt that names every line and the reason."</p>
            </div>
            <div>
                <h2>"Progress you can believe"</h2>
                <p>"Watch it count, close the laptop, come back: the bar goes on where it really is, in every tab."</p>
            </div>
            <div>
                <h2>"Gone, but not forgotten"</h2>
                <p>"A video that was deleted or made private keeps its place and the date you saved it."</p>
            </div>
        </section>
    }
}
