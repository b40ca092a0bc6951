//! The WebAssembly entry: hydrates a page that the server rendered, or mounts the whole app.

/// Called by the document's script when the WASM has been loaded.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    app::entry::hydrate();
}

/// Called when the page that Trunk builds has loaded its script.
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
