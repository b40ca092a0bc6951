//! Where a file goes in: chosen, dropped, or pasted as text.

use leptos::{ev, prelude::*, task::spawn_local};
use uuid::Uuid;

use crate::{
    actions::{self, ChosenFile},
    components::{RejectedLines, TakeoutGuide},
    wire::BulkResult,
};

/// How far an upload is.
#[derive(Clone, Debug)]
enum Phase {
    /// Nothing chosen yet.
    Idle,
    /// On its way; the file's name.
    Sending(String),
    /// Stored.
    Done(Box<BulkResult>),
    /// Refused, and why.
    Refused(String),
}

/// A plain form with a file field; by script a choice is uploaded at once, and the answer stands below.
#[component]
pub fn Upload(
    /// The list it goes into.
    list_id: Uuid,
    /// What a plain form was refused for.
    problem: Option<String>,
    /// Called when a file has been stored.
    uploaded: Callback<()>,
) -> impl IntoView {
    let phase = RwSignal::new(problem.map_or(Phase::Idle, Phase::Refused));
    let over = RwSignal::new(false);
    let busy = Memo::new(move |_| phase.with(|phase| matches!(phase, Phase::Sending(_))));
    let send = move |file: Option<ChosenFile>| {
        let Some(file) = file.filter(|_| !busy.get_untracked()) else { return };
        phase.set(Phase::Sending(file.name()));
        spawn_local(async move {
            match actions::upload(list_id, file).await {
                Ok(result) => {
                    phase.try_set(Phase::Done(Box::new(result)));
                    uploaded.run(());
                }
                Err(problem) if problem.is_signed_out() => actions::load_page("/sign-in"),
                Err(problem) => {
                    phase.try_set(Phase::Refused(problem.detail));
                }
            }
        });
    };
    // A file may have been chosen before this ran.
    Effect::new(move |_| send(actions::file_chosen_early("file")));

    let drag = move |event: ev::DragEvent| {
        event.prevent_default();
        over.set(true);
    };
    let drop = move |event: ev::DragEvent| {
        event.prevent_default();
        over.set(false);
        send(actions::dropped_file(&event));
    };
    view! {
        <section class="upload" aria-label="Upload">
            <form
                class="drop"
                class:over=over
                method="post"
                action=format!("/lists/{list_id}/upload")
                enctype="multipart/form-data"
                on:dragover=drag
                on:dragleave=move |_| over.set(false)
                on:drop=drop
            >
                <p>
                    <b class="scripted">"Drop a file here"</b>
                    <span class="soft">"Google Takeout (CSV), a table with video links, or a plain list of links"</span>
                </p>
                <span class="choose">
                    <input class="visually-hidden" type="file" id="file" name="file" required on:change=move |event| send(actions::chosen_file(&event))/>
                    <label class="button main" for="file">"Choose file"</label>
                </span>
                <button class="unscripted" type="submit">"Upload"</button>
            </form>
            <div class="upload-result">
                <div role="status">{move || phase.with(status)}</div>
                <p class="problem" role="alert">{move || phase.with(|phase| if let Phase::Refused(why) = phase { Some(why.clone()) } else { None })}</p>
            </div>
            <div class="upload-more">
                <PasteLinks send/>
                <TakeoutGuide/>
            </div>
        </section>
    }
}

fn status(phase: &Phase) -> AnyView {
    match phase {
        Phase::Idle | Phase::Refused(_) => ().into_any(),
        Phase::Sending(name) => view! { <p class="soft">{format!("Uploading {name}…")}</p> }.into_any(),
        Phase::Done(result) => view! {
            <p>
                <b>{format!("{} new, {} already there, {} rejected", result.accepted, result.duplicates, result.rejected_count)}</b>
                <span class="soft">{format!(" in {} ({})", crate::wording::count(result.total, "line"), result.format.label())}</span>
            </p>
            {(result.rejected_count > 0).then(|| view! { <RejectedLines lines=result.rejected.clone() count=result.rejected_count/> })}
        }
        .into_any(),
    }
}

/// A field for links; only by script, because a plain form has no way to send it as a file.
#[component]
fn PasteLinks(send: impl Fn(Option<ChosenFile>) + 'static) -> impl IntoView {
    let text = RwSignal::new(String::new());
    let paste = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let links = text.get_untracked();
        if !links.trim().is_empty() {
            send(actions::pasted_file(&links));
            text.set(String::new());
        }
    };
    view! {
        <details class="paste-links scripted">
            <summary>"Paste links instead"</summary>
            <form on:submit=paste>
                <label for="links">"Links or video ids, one a line"</label>
                <textarea id="links" rows="5" spellcheck="false" prop:value=text on:input=move |event| text.set(event_target_value(&event))></textarea>
                <button type="submit">"Add videos"</button>
            </form>
        </details>
    }
}
