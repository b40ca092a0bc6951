//! Retrying failures, with a button per cause, and the jobs that retry this one.

use leptos::prelude::*;

use crate::{
    wire::{FailureCause, Job, JobStatus},
    wording,
};

/// Plain forms that lead to the new job's page.
#[component]
pub(crate) fn JobRetries<'a>(
    job: &'a Job,
    /// Newest first.
    retries: Vec<Job>,
) -> impl IntoView + use<> {
    let action = format!("/jobs/{}/retry", job.id);
    let (causes, all) = choices(job);
    let buttons: Vec<(&'static str, String)> = causes
        .iter()
        .map(|(cause, n)| (cause.as_str(), format!("Retry {n} {}", wording::cause_phrase(*cause))))
        .chain(all.map(|label| ("", label)))
        .collect();
    let button = |(value, label): (&'static str, String)| view! { <button type="submit" name="causes" value=value>{label}</button> };
    let again = |retry: Job| {
        let summary = format!(": {}, {}", wording::count(retry.total_videos, "video"), retry.status.label().to_lowercase());
        view! { <li><a href=format!("/jobs/{}", retry.id)>{format!("Retried {}", wording::date_time(retry.created_at))}</a> {summary}</li> }
    };
    view! {
        {(!buttons.is_empty()).then(|| view! {
            <form class="job-retries" method="post" action=action>{buttons.into_iter().map(button).collect_view()}</form>
        })}
        {(!retries.is_empty()).then(|| view! { <ul class="retries muted tabular-nums">{retries.into_iter().map(again).collect_view()}</ul> })}
    }
}

/// The causes that get a button, with their numbers of failures; and the label of the button for everything, if that is different.
fn choices(job: &Job) -> (Vec<(FailureCause, u32)>, Option<String>) {
    if !job.status.is_terminal() || job.status == JobStatus::Completed {
        return (Vec::new(), None);
    }
    // Retrying cannot help a malformed id.
    let causes: Vec<_> =
        job.causes.iter().filter(|(cause, n)| **cause != FailureCause::InvalidId && **n > 0).map(|(cause, n)| (*cause, *n)).collect();
    let failed: u32 = causes.iter().map(|(_, n)| n).sum();
    let untried = job.total_videos.saturating_sub(job.current_video);
    if untried > 0 {
        // Untried items are retried with any cause, so there is only one choice.
        return (Vec::new(), Some(format!("Retry the rest ({})", failed + untried)));
    }
    let all = (causes.len() > 1).then(|| format!("Retry all {failed}"));
    (causes, all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::ProgressUpdate;

    fn job(status: &str, done: u32, causes: serde_json::Value) -> Job {
        let id = uuid::Uuid::nil();
        let state = ProgressUpdate::core(id, JobStatus::parse(status).unwrap(), 0, done, 50, "");
        serde_json::from_value(serde_json::json!({
            "id": id, "list_id": id, "source_name": "a.csv", "status": status, "progress": 0, "current_video": done, "total_videos": 50,
            "failed_videos": 0, "causes": causes, "retry_of": null, "created_at": "2026-01-01T00:00:00Z", "started_at": null,
            "ended_at": null, "state": state,
        }))
        .unwrap()
    }

    #[test]
    fn each_cause_that_a_retry_can_help_gets_a_button() {
        use FailureCause::{InvalidId, Network, RateLimited, Unavailable};
        let some = serde_json::json!({ "rate_limited": 37, "invalid_id": 2 });
        assert_eq!(choices(&job("completed_with_errors", 50, some.clone())), (vec![(RateLimited, 37)], None));
        let more = serde_json::json!({ "rate_limited": 37, "network": 1, "unavailable": 4 });
        assert_eq!(
            choices(&job("completed_with_errors", 50, more.clone())),
            (vec![(Unavailable, 4), (RateLimited, 37), (Network, 1)], Some("Retry all 42".to_owned()))
        );
        assert_eq!(choices(&job("cancelled", 30, some.clone())), (vec![], Some("Retry the rest (57)".to_owned())));
        assert_eq!(choices(&job("completed_with_errors", 50, serde_json::json!({ InvalidId.as_str(): 2 }))), (vec![], None));
        assert_eq!(choices(&job("processing", 30, some)), (vec![], None), "first it has to end");
        assert_eq!(choices(&job("completed", 50, serde_json::json!({}))), (vec![], None));
    }
}
