//! `/`: the landing page.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{backend::Instance, visitor::Visitor};

#[component]
pub(crate) fn LandingPage() -> impl IntoView {
    let visitor = expect_context::<Visitor>();
    let open = expect_context::<Instance>().registration_open;
    let ways_in = move |signed_in: bool| {
        if signed_in {
            return view! { <a class="button primary" href="/lists">"Your lists"</a> }.into_any();
        }
        view! {
            {open.then(|| view! { <a class="button primary" href="/sign-up">"Create account"</a> })}
            <a class="button" class:primary=!open href="/sign-in">"Sign in"</a>
        }
        .into_any()
    };
    view! {
        <Title text=""/>
        <section class="hero">
            <div>
                <h1>"Your YouTube lists, kept where you can find them"</h1>
                <p class="lead">
                    "Upload a file from Google Takeout. Playmarks looks up every video, shows which ones are gone, and keeps all of them in order. No file at hand? Try the sample."
                </p>
                <div class="hero-actions">
                    <Suspense>{move || Suspend::new(async move { ways_in(visitor.wait().await.is_some()) })}</Suspense>
                </div>
            </div>
            <ProgressSample/>
        </section>
        <section class="features">
            <div>
                <h2>"Every line is accounted for"</h2>
                <p>"New, already there, or not a video: each import ends with a receipt that lists every line with the reason."</p>
            </div>
            <div>
                <h2>"Progress you can trust"</h2>
                <p>"Close the laptop and come back: in every tab, the progress bar shows where the job really is."</p>
            </div>
            <div>
                <h2>"Gone, but not forgotten"</h2>
                <p>"A video that was deleted or made private keeps its place and the date you saved it."</p>
            </div>
        </section>
    }
}

/// A sample job card with the product's own classes, hidden from assistive technology.
#[component]
fn ProgressSample() -> impl IntoView {
    view! {
        <div class="progress-sample" aria-hidden="true">
            <div class="job-card" data-status="processing">
                <div class="sample-header">
                    <b>"Processing video 1240/2000"</b>
                    <span class="percent tabular-nums">"62%"</span>
                </div>
                <div class="progress-bar">
                    <div class="fill" style=("--share", "0.62")></div>
                    <svg class="marks" viewBox="0 0 10000 10" preserveAspectRatio="none">
                        <path class="gap" d=MARKS/>
                        <path class="mark" d=MARKS/>
                    </svg>
                </div>
                <p class="facts tabular-nums muted">
                    <span>"1240/2000 videos"</span>
                    <span class="failed">"7 failed"</span>
                    <span>"about 2 min left"</span>
                </p>
            </div>
        </div>
    }
}

const MARKS: &str = "M820 0H850V10H820ZM2050 0H2090V10H2050ZM2480 0H2510V10H2480ZM3970 0H4000V10H3970ZM5720 0H5750V10H5720Z";
