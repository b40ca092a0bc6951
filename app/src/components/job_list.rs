//! The rows of the list of jobs.

use leptos::prelude::*;

use crate::components::{JobLine, JobRow};

/// One row each.
#[component]
pub fn JobList(jobs: Vec<JobLine>) -> impl IntoView {
    view! { <ul class="job-list">{jobs.into_iter().map(|job| view! { <li><JobRow job/></li> }).collect_view()}</ul> }
}
