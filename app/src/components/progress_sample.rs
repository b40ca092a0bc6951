//! A picture of a job for somebody who has not seen one: a card that stands still.

use leptos::prelude::*;

/// Drawn with the product's own classes, hidden from assistive technology: it is no real job.
#[component]
pub fn ProgressSample() -> impl IntoView {
    view! {
        <div class="progress-sample" aria-hidden="true">
            <div class="job-card" data-status="processing">
                <div class="sample-head">
                    <b>"Processing video 1240/2000"</b>
                    <span class="percent num">"62%"</span>
                </div>
                <div class="progress-bar">
                    <div class="fill" style=("--share", "0.62")></div>
                    <svg class="marks" viewBox="0 0 10000 10" preserveAspectRatio="none">
                        <path class="gap" d=MARKS/>
                        <path class="mark" d=MARKS/>
                    </svg>
                </div>
                <p class="facts num soft">
                    <span>"1240/2000 videos"</span>
                    <span class="failed">"7 failed"</span>
                    <span>"about 2 min left"</span>
                </p>
            </div>
        </div>
    }
}

const MARKS: &str = "M820 0H850V10H820ZM2050 0H2090V10H2050ZM2480 0H2510V10H2480ZM3970 0H4000V10H3970ZM5720 0H5750V10H5720Z";
