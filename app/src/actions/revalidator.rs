//! The page as the server renders it now, taken over where it differs. What is on the page is touched no more than that: ticked boxes,
//! the focus and the scroll position stay.

use std::{cell::RefCell, rc::Rc};

use futures::future::{AbortHandle, Abortable, Either, select};
use gloo_net::http::Request;
use gloo_timers::future::TimeoutFuture;
use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::JsCast;
use web_sys::{AbortController, Document, DomParser, Element, Node, SupportedType};

use crate::{
    browser::page,
    live::Live,
    progress::{Revalidation, RevalidationAction, RevalidationEvent},
};

/// The parts of a page that are taken over; each has an id. Islands in them are left alone.
const REVALIDATED: &str = "[data-revalidate]";
/// An answer that takes longer than this will not come.
const REQUEST_TIMEOUT_MS: u32 = 30_000;

/// Wakes the islands that came with what was taken over. A context of the page; without it no server renders pages, and none is fetched.
#[derive(Clone, Copy)]
pub(crate) struct HydrateIslands(pub fn(Live));

/// Fetches the page again when what happened to it, told to this, asks for that.
pub(crate) fn revalidator(live: Live) -> impl Fn(RevalidationEvent) + Clone {
    let revalidator = use_context().map(|hydrate| start(live, hydrate));
    move |event| {
        if let Some(revalidator) = &revalidator {
            revalidator.handle(event);
        }
    }
}

fn start(live: Live, hydrate: HydrateIslands) -> Rc<Revalidator> {
    let revalidator = Rc::new(Revalidator { live, hydrate, decisions: RefCell::default(), under_way: RefCell::default() });
    let notify_visibility = {
        let revalidator = revalidator.clone();
        move || revalidator.handle(RevalidationEvent::Visible(!document().hidden()))
    };
    notify_visibility();
    // Bubbles from the document. Dropping the handle leaves the listener in place.
    drop(window_event_listener_untyped("visibilitychange", move |_| notify_visibility()));
    revalidator
}

struct Revalidator {
    live: Live,
    hydrate: HydrateIslands,
    decisions: RefCell<Revalidation>,
    /// The request or the pause.
    under_way: RefCell<Option<AbortHandle>>,
}

impl Revalidator {
    fn handle(self: &Rc<Self>, event: RevalidationEvent) {
        // Borrowed for this line only: what follows comes back here.
        let action = self.decisions.borrow_mut().handle(event, page::random());
        let Some(action) = action else { return };
        let (task, registration) = AbortHandle::new_pair();
        if let Some(superseded) = self.under_way.replace(Some(task)) {
            superseded.abort();
        }
        let revalidator = self.clone();
        spawn_local(async move {
            if let Ok(event) = Abortable::new(revalidator.act(action), registration).await {
                revalidator.handle(event);
            }
        });
    }

    async fn act(&self, action: RevalidationAction) -> RevalidationEvent {
        match action {
            RevalidationAction::Pause(pause_ms) => {
                TimeoutFuture::new(pause_ms).await;
                RevalidationEvent::PauseEnded
            }
            RevalidationAction::Fetch => match select(Box::pin(fetch()), TimeoutFuture::new(REQUEST_TIMEOUT_MS)).await {
                Either::Left((Some(page), _)) => {
                    morph_page(&page);
                    (self.hydrate.0)(self.live);
                    RevalidationEvent::Succeeded
                }
                Either::Left((None, _)) | Either::Right(_) => RevalidationEvent::Failed,
            },
        }
    }
}

/// Aborts a request that nobody waits for any more.
struct AbortOnDrop(AbortController);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The page, or what the server says instead of it; `None` for no answer and for an error that may pass.
async fn fetch() -> Option<Document> {
    let address = window().location().href().ok()?;
    let request = AbortOnDrop(AbortController::new().ok()?);
    let answer = Request::get(&address).abort_signal(Some(&request.0.signal())).send().await.ok()?;
    let passing = answer.status() >= 500 || matches!(answer.status(), 408 | 429);
    let html = if passing { None } else { answer.text().await.ok() };
    DomParser::new().ok()?.parse_from_string(&html?, SupportedType::TextHtml).ok()
}

fn morph_page(page: &Document) {
    let Ok(parts) = document().query_selector_all(REVALIDATED) else { return };
    for part in (0..parts.length()).filter_map(|at| parts.item(at)?.dyn_into::<Element>().ok()) {
        if let Some(now) = page.get_element_by_id(&part.id()) {
            morph(&part, &now);
        }
    }
}

/// Goes down to the smallest nodes that differ, and replaces those.
fn morph(old: &Node, new: &Node) {
    if old.is_equal_node(Some(new)) || (is_island(old) && is_island(new)) {
        return;
    }
    let shell = |node: &Node| node.clone_node().ok();
    if old.has_child_nodes() && shell(old).zip(shell(new)).is_some_and(|(old, new)| old.is_equal_node(Some(&new))) {
        morph_children(old, new);
    } else if let (Some(parent), Some(copy)) = (old.parent_node(), copy(new)) {
        // Fails only for a node that is not there any more.
        let _ = parent.replace_child(&copy, old);
    }
}

/// Pairs children by their ids, those without one by their order; so a row stays the same row when others come before it or go.
fn morph_children(old: &Node, new: &Node) {
    let mut at = old.first_child();
    let mut news = new.first_child();
    while let Some(new) = news {
        let mut twin = at.clone();
        while let Some(candidate) = twin.take_if(|candidate| id(candidate) != id(&new)) {
            // A node without an id is not looked for further on.
            twin = candidate.next_sibling().filter(|_| id(&new).is_some());
        }
        if let Some(twin) = twin {
            // What stood before it is gone.
            while let Some(gone) = at.take_if(|gone| *gone != twin) {
                at = gone.next_sibling();
                let _ = old.remove_child(&gone);
            }
            at = twin.next_sibling();
            morph(&twin, &new);
        } else if let Some(copy) = copy(&new) {
            let _ = old.insert_before(&copy, at.as_ref());
        }
        news = new.next_sibling();
    }
    while let Some(gone) = at {
        at = gone.next_sibling();
        let _ = old.remove_child(&gone);
    }
}

fn is_island(node: &Node) -> bool {
    node.dyn_ref::<Element>().and_then(|element| element.get_attribute("class")).as_deref() == Some("island")
}

fn id(node: &Node) -> Option<String> {
    node.dyn_ref::<Element>().map(Element::id).filter(|id| !id.is_empty())
}

fn copy(node: &Node) -> Option<Node> {
    document().import_node_with_deep(node, true).ok()
}
