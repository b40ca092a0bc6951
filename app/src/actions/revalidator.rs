//! Fetches the page again and morphs its revalidated parts to match: only nodes that differ are replaced, so that ticked check boxes, the
//! focus and the scroll position stay.

use std::{cell::RefCell, rc::Rc};

use futures::future::{AbortHandle, Abortable, Either, select};
use gloo_net::http::Request;
use gloo_timers::future::TimeoutFuture;
use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::JsCast;
use web_sys::{AbortController, Document, DomParser, Element, Node, SupportedType};

use crate::{
    browser::page,
    live::LiveProgress,
    progress::{Revalidation, RevalidationAction, RevalidationEvent},
};

/// The parts of a page that are morphed; each has an id. Islands inside them are left alone.
const REVALIDATED: &str = "[data-revalidate]";
const REQUEST_TIMEOUT_MS: u32 = 30_000;

/// Hydrates islands that morphing has inserted. A context; absent if pages are not rendered by a server, and then nothing is revalidated.
#[derive(Clone, Copy)]
pub(crate) struct HydrateIslands(pub fn(LiveProgress));

/// Returns a function that takes the events which decide when the page is fetched again.
pub(crate) fn revalidator(live: LiveProgress) -> impl Fn(RevalidationEvent) + Clone {
    let revalidator = use_context().map(|hydrate| start(live, hydrate));
    move |event| {
        if let Some(revalidator) = &revalidator {
            revalidator.handle(event);
        }
    }
}

fn start(live: LiveProgress, hydrate: HydrateIslands) -> Rc<Revalidator> {
    let revalidator = Rc::new(Revalidator { live, hydrate, decisions: RefCell::default(), in_flight: RefCell::default() });
    let notify_visibility = {
        let revalidator = revalidator.clone();
        move || revalidator.handle(RevalidationEvent::Visible(!document().hidden()))
    };
    notify_visibility();
    // The event bubbles from the document. Dropping the handle keeps the listener.
    drop(window_event_listener_untyped("visibilitychange", move |_| notify_visibility()));
    revalidator
}

struct Revalidator {
    live: LiveProgress,
    hydrate: HydrateIslands,
    decisions: RefCell<Revalidation>,
    /// The request or pause in progress.
    in_flight: RefCell<Option<AbortHandle>>,
}

impl Revalidator {
    fn handle(self: &Rc<Self>, event: RevalidationEvent) {
        // Borrowed for this line only: the task below calls this function again.
        let action = self.decisions.borrow_mut().handle(event, page::random());
        let Some(action) = action else { return };
        let (task, registration) = AbortHandle::new_pair();
        if let Some(superseded) = self.in_flight.replace(Some(task)) {
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

/// Dropping a `fetch` future does not abort its request.
struct AbortOnDrop(AbortController);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The page, or the page of a final error such as 404. `None` for no answer and for errors that may pass.
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

/// Replaces the smallest nodes that differ.
fn morph(old: &Node, new: &Node) {
    if old.is_equal_node(Some(new)) || (is_island(old) && is_island(new)) {
        return;
    }
    let shell = |node: &Node| node.clone_node().ok();
    if old.has_child_nodes() && shell(old).zip(shell(new)).is_some_and(|(old, new)| old.is_equal_node(Some(&new))) {
        morph_children(old, new);
    } else if let (Some(parent), Some(copy)) = (old.parent_node(), copy(new)) {
        // Fails only if the node has been removed meanwhile.
        let _ = parent.replace_child(&copy, old);
    }
}

/// Matches children by id, those without an id by order, so that a row keeps its node when others are inserted or removed before it.
fn morph_children(old: &Node, new: &Node) {
    let mut at = old.first_child();
    let mut news = new.first_child();
    while let Some(new) = news {
        let mut twin = at.clone();
        while let Some(candidate) = twin.take_if(|candidate| id(candidate) != id(&new)) {
            // Only a node with an id is searched for among later siblings.
            twin = candidate.next_sibling().filter(|_| id(&new).is_some());
        }
        if let Some(twin) = twin {
            // Nodes that were skipped are no longer on the page.
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
