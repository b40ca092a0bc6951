//! The browser's entry and nothing else: takes over a page that the server rendered, or starts one of its own.

/// Takes over the page; called by the document's script once the WASM is there.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    app::entry::hydrate();
}

/// Starts the page that Trunk builds; called when its script has loaded.
#[cfg(all(feature = "csr", not(feature = "hydrate")))]
#[wasm_bindgen::prelude::wasm_bindgen(start)]
pub fn start() {
    use app::{App, entry::provide_contexts};
    use leptos::prelude::*;

    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(|| {
        provide_contexts();
        view! { <App/> }
    });
}
