//! Wakes what the server rendered.

use any_spawner::Executor;
use leptos::{prelude::*, web_sys::Element};

use super::provide_contexts;
use crate::{
    actions,
    islands::{Island, Place},
    live::Live,
};

/// Takes over every island of the document; to be called once.
pub fn wake() {
    // Fails only where it has been done already.
    let _ = Executor::init_wasm_bindgen();
    let owner = Owner::new_root(None);
    owner.with(|| {
        provide_contexts();
        provide_context(Live::new());
        let data = document().get_elements_by_class_name("island-data");
        for data in (0..data.length()).filter_map(|at| data.item(at)) {
            let island = data.text_content().and_then(|json| serde_json::from_str::<Island>(&json).ok());
            // Data of another version: that part stays as it was rendered, and the version banner asks for a reload.
            if let (Some(place), Some(island)) = (data.parent_element(), island) {
                island.show(Rendered(place));
            }
        }
    });
    // What was woken stays awake for as long as the document is there.
    std::mem::forget(owner);
    actions::mark_ready();
}

/// What the server rendered of an island.
struct Rendered(Element);

impl Place for Rendered {
    type Shown = ();

    fn show(self, view: impl IntoView + 'static) {
        std::mem::forget(view.hydrate_from::<true>(&self.0));
    }
}
