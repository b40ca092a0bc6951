//! What is shown outside of the page: the tab's icon and system notifications.

use leptos::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Notification, NotificationPermission, Storage};

/// The key in local storage: whether notifications are enabled.
const NOTIFICATIONS_KEY: &str = "notify";
const ICON: &str = "/favicon.svg";

/// Draws the percentage on the tab's icon; the plain icon if no job is running.
pub(crate) fn show_icon(percent: Option<u8>) {
    let Some(link) = document().query_selector("link[rel=icon]").ok().flatten() else { return };
    let icon = percent.map_or_else(
        || ICON.to_owned(),
        |percent| {
            let share = u32::from(percent) * 22 / 100;
            format!(
                "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 22 22'><rect width='22' height='22' rx='6' fill='%23b3261e'/>\
                 <path d='M8 3.5v9l7-4.5z' fill='white'/><path d='M0 16h22v6H0z' fill='%23111'/><path d='M0 16h{share}v6H0z' fill='%235b95fb'/></svg>"
            )
        },
    );
    // Fails only for a malformed attribute name.
    let _ = link.set_attribute("href", &icon);
}

fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

/// Whether the end of a job is notified; `None` if the browser cannot.
pub(crate) fn notifications_enabled() -> Option<bool> {
    // Absent on insecure origins and in some browsers.
    js_sys::Reflect::has(&window(), &"Notification".into()).ok().filter(|has| *has)?;
    let is_enabled = storage().is_some_and(|storage| matches!(storage.get_item(NOTIFICATIONS_KEY), Ok(Some(_))));
    Some(is_enabled && Notification::permission() == NotificationPermission::Granted)
}

/// Turning it on asks the user for permission the first time. Returns whether it is on now.
pub(crate) async fn set_notifications(on: bool) -> bool {
    let mut granted = false;
    if on && let Ok(asked) = Notification::request_permission() {
        granted = JsFuture::from(asked).await.is_ok_and(|answer| answer.as_string().as_deref() == Some("granted"));
    }
    if let Some(storage) = storage() {
        // If storage is full or forbidden, the choice is lost with the page.
        let _ = if granted { storage.set_item(NOTIFICATIONS_KEY, "1") } else { storage.remove_item(NOTIFICATIONS_KEY) };
    }
    granted
}

/// Only if notifications are on and the tab is hidden.
pub(crate) fn notify(text: &str) {
    if document().hidden() && notifications_enabled() == Some(true) {
        // Some systems allow it only in service workers.
        let _ = Notification::new(text);
    }
}
