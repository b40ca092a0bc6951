//! Event delegation: script for the static parts of pages. One listener per event at the window, because those parts are replaced when the
//! page is revalidated and are not hydrated.

use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlElement, HtmlInputElement};

/// Installs the listeners. Call it once.
pub(crate) fn delegate() {
    drop(window_event_listener(ev::click, |event| toggle_password(&event).unwrap_or_default()));
    drop(window_event_listener(ev::change, |event| select_all(&event).unwrap_or_default()));
    drop(window_event_listener(ev::keydown, |event| {
        if move_roving_focus(&event, &event.key()).is_some() {
            event.prevent_default();
        }
    }));
}

fn target(event: &Event) -> Option<Element> {
    event.target()?.dyn_into().ok()
}

/// `data-toggles-password` is the id of the password field that the button shows or hides.
fn toggle_password(event: &Event) -> Option<()> {
    let button = target(event)?;
    let field: HtmlInputElement = document().get_element_by_id(&button.get_attribute("data-toggles-password")?)?.dyn_into().ok()?;
    let shown = field.type_() == "text";
    field.set_type(if shown { "password" } else { "text" });
    button.first_child()?.set_node_value(Some(if shown { "Show" } else { "Hide" }));
    Some(())
}

/// `data-selects-all`: the check box sets all others in its table to its own state.
fn select_all(event: &Event) -> Option<()> {
    let all: HtmlInputElement = target(event)?.dyn_into().ok()?;
    all.has_attribute("data-selects-all").then_some(())?;
    let boxes = all.closest("table").ok()??.get_elements_by_tag_name("input");
    for one in (0..boxes.length()).filter_map(|at| boxes.item(at)?.dyn_into::<HtmlInputElement>().ok()) {
        one.set_checked(all.checked());
    }
    Some(())
}

/// Moves the focus between the marks of a strip, with the keys of a slider.
fn move_roving_focus(event: &Event, key: &str) -> Option<()> {
    let current = target(event)?;
    let marks = current.closest(".failure-marks").ok()??;
    let next = match key {
        "ArrowRight" | "ArrowDown" => current.next_element_sibling(),
        "ArrowLeft" | "ArrowUp" => current.previous_element_sibling(),
        "Home" => marks.first_element_child(),
        "End" => marks.last_element_child(),
        _ => return None,
    };
    next?.dyn_into::<HtmlElement>().ok()?.focus().ok()
}
