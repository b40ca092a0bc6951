//! Hydrates the islands that the server rendered.

use std::{any::Any, cell::RefCell};

use any_spawner::Executor;
use leptos::{prelude::*, web_sys::Element};
use wasm_bindgen::JsCast;

use super::provide_contexts;
use crate::{
    actions::{self, revalidator::HydrateIslands},
    islands::{Island, RenderTarget},
    live::LiveProgress,
};

thread_local! {
    static HYDRATED: RefCell<Vec<HydratedIsland>> = const { RefCell::new(Vec::new()) };
}

/// Kept for as long as the island is in the document.
struct HydratedIsland {
    element: Element,
    /// Keeps the view alive.
    _view: Box<dyn Any>,
    /// Keeps signals and effects alive. It has no parent, because an owner keeps a record of each child for ever.
    _owner: Owner,
}

/// Hydrates the document. Call it once.
pub fn hydrate() {
    // Fails only if it has been called before.
    let _ = Executor::init_wasm_bindgen();
    let owner = Owner::new_root(None);
    hydrate_islands(owner.with(LiveProgress::new));
    // The page's signals live as long as the document.
    std::mem::forget(owner);
    actions::mark_ready();
}

/// Hydrates the islands that are not hydrated yet and drops those that are no longer in the document.
fn hydrate_islands(live: LiveProgress) {
    HYDRATED.with_borrow_mut(|hydrated| hydrated.retain(|island| island.element.is_connected()));
    let Ok(pending) = document().query_selector_all(".island-data") else { return };
    for data in (0..pending.length()).filter_map(|at| pending.item(at)?.dyn_into::<Element>().ok()) {
        let island = data.text_content().and_then(|json| serde_json::from_str::<Island>(&json).ok());
        // Data of another version cannot be read: the island stays static, and the version banner offers a reload.
        if let (Some(element), Some(island)) = (data.parent_element(), island) {
            // An island without its data counts as hydrated.
            data.remove();
            let owner = Owner::default();
            let view = owner.with(|| {
                provide_contexts();
                provide_context(live);
                provide_context(HydrateIslands(hydrate_islands));
                island.render(ServerHtml(&element))
            });
            HYDRATED.with_borrow_mut(|hydrated| hydrated.push(HydratedIsland { element, _view: view, _owner: owner }));
        }
    }
}

struct ServerHtml<'a>(&'a Element);

impl RenderTarget for ServerHtml<'_> {
    type Output = Box<dyn Any>;

    fn render(self, view: impl IntoView + 'static) -> Box<dyn Any> {
        Box::new(view.hydrate_from::<true>(self.0))
    }
}
