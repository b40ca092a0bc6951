//! Wakes what the server rendered.

use std::{any::Any, cell::RefCell};

use any_spawner::Executor;
use leptos::{prelude::*, web_sys::Element};
use wasm_bindgen::JsCast;

use super::provide_contexts;
use crate::{
    actions::{self, revalidator::HydrateIslands},
    islands::{Island, RenderTarget},
    live::Live,
};

thread_local! {
    /// Every island of the document that is hydrated.
    static HYDRATED: RefCell<Vec<HydratedIsland>> = const { RefCell::new(Vec::new()) };
}

/// An island that is hydrated, for as long as it is in the document.
struct HydratedIsland {
    element: Element,
    /// What keeps its view alive.
    _view: Box<dyn Any>,
    /// What keeps its signals and effects alive. It has no parent: an owner never forgets a child.
    _owner: Owner,
}

/// Takes over the document; to be called once.
pub fn hydrate() {
    // Fails only where it has been done already.
    let _ = Executor::init_wasm_bindgen();
    let owner = Owner::new_root(None);
    hydrate_islands(owner.with(Live::new));
    // The signals of the whole page live for as long as the document is there.
    std::mem::forget(owner);
    actions::mark_ready();
}

/// Wakes every island of the document that sleeps, and forgets those that were taken out of it.
fn hydrate_islands(live: Live) {
    HYDRATED.with_borrow_mut(|hydrated| hydrated.retain(|island| island.element.is_connected()));
    let Ok(pending) = document().query_selector_all(".island-data") else { return };
    for data in (0..pending.length()).filter_map(|at| pending.item(at)?.dyn_into::<Element>().ok()) {
        let island = data.text_content().and_then(|json| serde_json::from_str::<Island>(&json).ok());
        // Data of another version: that part stays as it was rendered, and the version banner asks for a reload.
        if let (Some(element), Some(island)) = (data.parent_element(), island) {
            // One without its data is hydrated.
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

/// What the server rendered of an island.
struct ServerHtml<'a>(&'a Element);

impl RenderTarget for ServerHtml<'_> {
    type Output = Box<dyn Any>;

    fn render(self, view: impl IntoView + 'static) -> Box<dyn Any> {
        Box::new(view.hydrate_from::<true>(self.0))
    }
}
