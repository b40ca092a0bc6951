//! Uploading files, chosen, dropped or pasted as text: first a preview, then the import.

use leptos::{ev, prelude::*, task::spawn_local};

use self::drop_zone::{DropZone, PasteLinks};
use crate::{
    actions::{self, ChosenFiles, DroppedFiles, ImportStep, ImportTarget},
    live::LiveProgress,
};

mod drop_zone;

/// The state of an upload. The server's answers are HTML fragments.
#[derive(Clone)]
enum Phase {
    Idle,
    /// A request is in flight; what is shown meanwhile.
    Busy(String),
    /// Nothing is stored yet; the files are sent again for the import.
    Preview(ChosenFiles, String),
    Done(String),
    Refused(String),
}

/// A plain form that imports at once. With script a preview comes first.
#[component]
pub(crate) fn Upload(
    into: ImportTarget,
    /// Why the form was rejected when it was submitted without script.
    problem: Option<String>,
) -> impl IntoView {
    let live = expect_context::<LiveProgress>();
    let phase = RwSignal::new(problem.map_or(Phase::Idle, Phase::Refused));
    let is_busy = move || phase.with_untracked(|phase| matches!(phase, Phase::Busy(_)));
    let send = move |files: ChosenFiles, step: ImportStep| {
        if is_busy() {
            return;
        }
        phase.set(Phase::Busy(format!("{} {}…", step.busy_label(), files.name())));
        spawn_local(async move {
            let next = match actions::import(into, files.clone(), step).await {
                Ok(fragment) if step == ImportStep::Import => {
                    actions::on_stored(live);
                    Phase::Done(fragment)
                }
                Ok(fragment) => Phase::Preview(files, fragment),
                Err(problem) if problem.is_signed_out() => return actions::load_page("/sign-in"),
                Err(problem) => Phase::Refused(problem.detail),
            };
            phase.try_set(next);
        });
    };
    let preview_files = Callback::new(move |files: Option<ChosenFiles>| {
        if let Some(files) = files {
            send(files, ImportStep::Preview);
        }
    });
    let preview_dropped = Callback::new(move |dropped: DroppedFiles| {
        if is_busy() {
            return;
        }
        phase.set(Phase::Busy("Reading what was dropped…".to_owned()));
        spawn_local(async move {
            let files = dropped.files().await;
            let is_shown = phase.try_set(match files {
                Err(ref problem) => Phase::Refused(problem.detail.clone()),
                Ok(_) => Phase::Idle,
            });
            if is_shown.is_none() {
                preview_files.run(files.unwrap_or_default());
            }
        });
    });
    // The buttons are part of the fragment.
    let decide = move |event: ev::MouseEvent| {
        let Phase::Preview(files, _) = phase.get_untracked() else { return };
        match actions::decision(&event) {
            // Removes the preview, and its buttons with it.
            Some(true) => {
                send(files, ImportStep::Import);
                focus_soon("upload-result");
            }
            Some(false) => {
                phase.set(Phase::Idle);
                focus_soon("file");
            }
            None => {}
        }
    };
    // Files may have been chosen before the page was hydrated.
    Effect::new(move |_| {
        preview_files.run(actions::files_chosen_early("file"));
        actions::on_paste(move |files| preview_files.run(Some(files)));
    });
    Effect::new(move |_| {
        if phase.with(|phase| matches!(phase, Phase::Preview(..))) {
            focus_soon("preview");
        }
    });

    let shown = move |select: fn(&Phase) -> Option<&String>| phase.with(|phase| select(phase).cloned().unwrap_or_default());
    let pasting = matches!(into, ImportTarget::List(_)).then(|| view! { <PasteLinks send=preview_files/> });
    view! {
        <section class="upload" aria-label="Upload">
            <DropZone into preview_files preview_dropped/>
            <div on:click=decide inner_html=move || shown(|phase| if let Phase::Preview(_, fragment) = phase { Some(fragment) } else { None })></div>
            <div class="upload-result" id="upload-result" tabindex="-1">
                <div role="status">
                    <p class="muted">{move || shown(|phase| if let Phase::Busy(text) = phase { Some(text) } else { None })}</p>
                    <div inner_html=move || shown(|phase| if let Phase::Done(fragment) = phase { Some(fragment) } else { None })></div>
                </div>
                <p class="form-error" role="alert">{move || phase.with(|phase| if let Phase::Refused(why) = phase { Some(why.clone()) } else { None })}</p>
            </div>
            <div class="upload-more">{pasting} <TakeoutGuide/></div>
        </section>
    }
}

/// After the DOM has been updated: the element may not exist or be visible yet.
fn focus_soon(id: &'static str) {
    set_timeout(move || actions::focus(id), std::time::Duration::ZERO);
}

#[component]
fn TakeoutGuide() -> impl IntoView {
    view! {
        <details class="takeout-guide">
            <summary>"How do I get my videos from YouTube?"</summary>
            <ol>
                <li><a href="https://takeout.google.com/" rel="noreferrer">"Open Google Takeout"</a>" and deselect everything but “YouTube and YouTube Music”."</li>
                <li>"Under “All YouTube data included”, keep only “playlists”, then export once."</li>
                <li>"Google sends a link to an archive. Upload it unchanged on the page of your lists: each playlist becomes a list."</li>
                <li>"Or unpack it, and drop the folder “playlists” there. Each file in it, such as “Watch later-videos.csv”, can also go into a list of your choice."</li>
            </ol>
            <p class="muted">"A text file with one link per line works, too. Deleted and private videos keep their position and date."</p>
        </details>
    }
}
