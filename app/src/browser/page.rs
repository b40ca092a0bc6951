//! The page and its environment: clock, randomness, addresses, lifecycle events.

use std::time::{SystemTime, UNIX_EPOCH};

use leptos::prelude::{document, window, window_event_listener_untyped};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Element;

use crate::{progress::Input, wire::Timestamp};

/// Milliseconds since 1970. May jump. Works on the server, too.
pub(crate) fn now_ms() -> u64 {
    if cfg!(target_family = "wasm") {
        js_sys::Date::now() as u64
    } else {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
    }
}

/// `09:01`, by the browser's clock and zone. In the browser alone.
pub(crate) fn local_time(at: Timestamp) -> String {
    let date = js_sys::Date::new(&JsValue::from_f64(at.micros() as f64 / 1000.0));
    format!("{:02}:{:02}", date.get_hours(), date.get_minutes())
}

/// From 0 to 1.
pub(crate) fn random() -> f64 {
    js_sys::Math::random()
}

pub(super) fn socket_url(ticket: &str) -> Option<String> {
    let location = window().location();
    let scheme = if location.protocol().ok()? == "https:" { "wss" } else { "ws" };
    let host = location.host().ok()?;
    let ticket = String::from(js_sys::encode_uri_component(ticket));
    Some(format!("{scheme}://{host}/api/ws/progress?token={ticket}&control=1"))
}

/// The session has ended. Loads a new document, so that nothing of the session stays in memory.
pub(super) fn go_to_sign_in() {
    // Fails only if the page is already being left.
    _ = window().location().assign("/sign-in");
}

/// Calls `on` for each lifecycle event, as long as the page exists.
pub(super) fn listen(on: impl Fn(Input) + Clone + 'static) {
    for (name, input) in [("online", Input::Online), ("pagehide", Input::PageHide), ("pageshow", Input::PageShow)] {
        let on = on.clone();
        // Dropping the handle keeps the listener.
        drop(window_event_listener_untyped(name, move |_| on(input.clone())));
    }
    let signing_out = on.clone();
    // The form is about to be submitted: the connection stops first, so that it does not try to reconnect.
    drop(window_event_listener_untyped("submit", move |event| {
        let form = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        if form.and_then(|form| form.get_attribute("action")).is_some_and(|action| matches!(&*action, "/sign-out" | "/account/delete")) {
            signing_out(Input::Stop);
        }
    }));
    // The event bubbles from the document.
    drop(window_event_listener_untyped("visibilitychange", move |_| on(if document().hidden() { Input::Hidden } else { Input::Visible })));
}
