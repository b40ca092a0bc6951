//! What users do by script, and a few operations on the document. Called only from event handlers and effects, and so only in the browser:
//! the server runs neither.

use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::Element;

pub(crate) use crate::browser::rest::{add_video, create_list, sign_in, sign_up};
use crate::{browser::rest, wire::Problem};

mod delegate;
mod files;
mod focus;
mod import_target;
mod jobs;
pub(crate) mod revalidator;
mod tab;

pub(crate) use delegate::delegate;
pub(crate) use files::{ChosenFiles, DroppedFiles, chosen_files, files_chosen_early, on_paste, pasted_file};
pub(crate) use focus::{focus, keep_focus};
pub(crate) use import_target::{ImportStep, ImportTarget};
pub(crate) use jobs::{cancel_job, connect, dismiss_job, on_stored, reconnect_now, retry_job, seed};
pub(crate) use revalidator::revalidator;
pub(crate) use tab::{notifications_enabled, notify, set_notifications, show_icon};

/// Uploads files. Returns the server's answer as an HTML fragment.
pub(crate) async fn import(into: ImportTarget, files: ChosenFiles, step: ImportStep) -> Result<String, Problem> {
    rest::send_files(&format!("{}/{}", into.form(), step.path()), files.as_ref()).await
}

/// Which button of the preview was clicked: true for import.
pub(crate) fn decision(event: &ev::MouseEvent) -> Option<bool> {
    let pressed = event.target()?.dyn_into::<Element>().ok()?.closest("[data-preview-action]").ok().flatten()?;
    Some(pressed.get_attribute("data-preview-action")? == "import")
}

/// Loads a new document, so that nothing of this one is kept.
pub(crate) fn load_page(path: &str) {
    // Fails only for a malformed URL, and all URLs come from this crate.
    let _ = window().location().set_href(path);
}

pub(crate) fn reload() {
    let _ = window().location().reload();
}

/// Sets `<html data-hydrated>`: the page is hydrated.
pub(crate) fn mark_ready() {
    if let Some(root) = document().document_element() {
        let _ = root.set_attribute("data-hydrated", "");
    }
}
