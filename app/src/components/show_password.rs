//! The button in a field for a password that shows what was typed.

use leptos::prelude::*;

/// Only by script (`actions::delegate`), which turns its word into "Hide" and back. Stands behind the field, in a `password-field`.
#[component]
pub fn ShowPassword(
    /// The field's id.
    field: &'static str,
) -> impl IntoView {
    view! { <button type="button" class="quiet scripted" data-shows=field>"Show"<span class="visually-hidden">" password"</span></button> }
}
