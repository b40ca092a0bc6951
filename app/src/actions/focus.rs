//! Moves the focus when the focused element is about to be removed.

use std::time::Duration;

use leptos::prelude::*;
use uuid::Uuid;
use wasm_bindgen::JsCast;
use web_sys::{Element, FocusOptions, HtmlElement};

pub(crate) fn focus(id: &str) {
    take_focus(document().get_element_by_id(id));
}

/// If the focus is inside this job's card and its element is removed, moves it to a button of the card, else of a neighbouring card, else to
/// the file field.
pub(crate) fn keep_focus(job_id: Uuid) {
    let Some(card) = document().active_element().and_then(|here| here.closest(&format!("[data-job-id='{job_id}']")).ok()?) else { return };
    let neighbour = card.next_element_sibling().or_else(|| card.previous_element_sibling());
    let candidates = [Some(card), neighbour];
    set_timeout(
        move || {
            // The focused element may still be there.
            if document().active_element().is_some_and(|here| here.tag_name() != "BODY") {
                return;
            }
            let buttons = candidates
                .into_iter()
                .flatten()
                .filter(|element| element.is_connected())
                .find_map(|element| element.query_selector("footer a, footer button").ok()?);
            take_focus(buttons.or_else(|| document().get_element_by_id("file")).or_else(|| document().get_element_by_id("main")));
        },
        Duration::ZERO,
    );
}

/// Without scrolling.
fn take_focus(element: Option<Element>) {
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        let options = FocusOptions::new();
        options.set_prevent_scroll(true);
        // Fails only for an element that cannot be focused.
        let _ = element.focus_with_options(&options);
    }
}
