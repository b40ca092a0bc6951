//! What a user's hand asks of the server by script, and the few things a page asks of its document. Called by handlers and effects alone,
//! and so in the browser alone: the server renders both away.

use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::Element;

pub(crate) use crate::browser::rest::{add_video, create_list, sign_in, sign_up};
use crate::{browser::rest, wire::Problem};

mod delegate;
mod files;
mod focus;
mod import_into;
mod jobs;
pub(crate) mod revalidator;
mod tab;

pub(crate) use delegate::delegate;
pub(crate) use files::{ChosenFile, chosen_file, dropped_file, file_chosen_early, on_paste, pasted_file};
pub(crate) use focus::{focus, keep_focus};
pub(crate) use import_into::{ImportInto, Step};
pub(crate) use jobs::{cancel_job, connect, dismiss_job, on_stored, reconnect_now, retry_job, seed};
pub(crate) use revalidator::revalidator;
pub(crate) use tab::{notify, notifying, set_notifying, show_icon};

/// Sends a file; answers what the server says of it, as a part of a page.
///
/// # Errors
/// What the server says of a file that it does not take, or that it did not answer.
pub(crate) async fn import(into: ImportInto, file: ChosenFile, step: Step) -> Result<String, Problem> {
    rest::send_file(&format!("{}/{}", into.form(), step.path()), file.as_ref()).await
}

/// Which button of a preview was pressed: whether to import.
pub(crate) fn decision(event: &ev::MouseEvent) -> Option<bool> {
    let pressed = event.target()?.dyn_into::<Element>().ok()?.closest("[data-decision]").ok().flatten()?;
    Some(pressed.get_attribute("data-decision")? == "import")
}

/// Loads another page as a new document, so that nothing of this one is kept.
pub(crate) fn load_page(path: &str) {
    // Refused only for a malformed URL, and all of ours are written in this crate.
    let _ = window().location().set_href(path);
}

/// Loads this page anew.
pub(crate) fn reload() {
    let _ = window().location().reload();
}

/// Says in the document that the page is alive: `<html data-ready>`.
pub(crate) fn mark_ready() {
    if let Some(root) = document().document_element() {
        let _ = root.set_attribute("data-ready", "");
    }
}
