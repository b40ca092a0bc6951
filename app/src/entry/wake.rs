//! Wakes what the server rendered.

use std::{any::Any, cell::RefCell};

use any_spawner::Executor;
use leptos::{prelude::*, web_sys::Element};
use wasm_bindgen::JsCast;

use super::provide_contexts;
use crate::{
    actions::{self, fresh::Wake},
    islands::{Island, Place},
    live::Live,
};

thread_local! {
    /// Every island of the document that is awake.
    static AWAKE: RefCell<Vec<Awake>> = const { RefCell::new(Vec::new()) };
}

/// An island that is awake, for as long as it is in the document.
struct Awake {
    place: Element,
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
    wake(owner.with(Live::new));
    // The signals of the whole page live for as long as the document is there.
    std::mem::forget(owner);
    actions::mark_ready();
}

/// Wakes every island of the document that sleeps, and forgets those that were taken out of it.
fn wake(live: Live) {
    AWAKE.with_borrow_mut(|awake| awake.retain(|island| island.place.is_connected()));
    let Ok(asleep) = document().query_selector_all(".island-data") else { return };
    for data in (0..asleep.length()).filter_map(|at| asleep.item(at)?.dyn_into::<Element>().ok()) {
        let island = data.text_content().and_then(|json| serde_json::from_str::<Island>(&json).ok());
        // Data of another version: that part stays as it was rendered, and the version banner asks for a reload.
        if let (Some(place), Some(island)) = (data.parent_element(), island) {
            // One without its data is awake.
            data.remove();
            let owner = Owner::default();
            let view = owner.with(|| {
                provide_contexts();
                provide_context(live);
                provide_context(Wake(wake));
                island.show(Rendered(&place))
            });
            AWAKE.with_borrow_mut(|awake| awake.push(Awake { place, _view: view, _owner: owner }));
        }
    }
}

/// What the server rendered of an island.
struct Rendered<'a>(&'a Element);

impl Place for Rendered<'_> {
    type Shown = Box<dyn Any>;

    fn show(self, view: impl IntoView + 'static) -> Box<dyn Any> {
        Box::new(view.hydrate_from::<true>(self.0))
    }
}
