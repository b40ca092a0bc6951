//! The page as the server renders it now, taken over where it differs. What is on the page is touched no more than that: ticked boxes,
//! the focus and the scroll position stay.

use std::cell::Cell;

use gloo_net::http::Request;
use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::JsCast;
use web_sys::{Document, DomParser, Element, Node, SupportedType};

use crate::{entry, live::Live};

/// The parts of a page that are taken over; each has an id. Islands in them are left alone.
const FRESH: &str = "[data-fresh]";

thread_local! {
    /// How often the page was asked for.
    static ASKED: Cell<u32> = const { Cell::new(0) };
    /// The latest of those that was answered.
    static TAKEN_OVER: Cell<u32> = const { Cell::new(0) };
}

/// Asks for the page and takes its changes over. Nothing happens where it cannot be had: the next move asks again.
pub fn freshen(live: Live) {
    let turn = ASKED.get() + 1;
    ASKED.set(turn);
    spawn_local(async move {
        let Some(page) = fetch().await else { return };
        // Answers may overtake each other.
        if TAKEN_OVER.replace(TAKEN_OVER.get().max(turn)) > turn {
            return;
        }
        let Ok(parts) = document().query_selector_all(FRESH) else { return };
        for part in (0..parts.length()).filter_map(|at| parts.item(at)?.dyn_into::<Element>().ok()) {
            if let Some(now) = page.get_element_by_id(&part.id()) {
                take_over(&part, &now);
            }
        }
        entry::wake(live);
    });
}

async fn fetch() -> Option<Document> {
    let address = window().location().href().ok()?;
    let answer = Request::get(&address).send().await.ok().filter(|answer| answer.ok())?;
    let html = answer.text().await.ok()?;
    DomParser::new().ok()?.parse_from_string(&html, SupportedType::TextHtml).ok()
}

/// Goes down to the smallest nodes that differ, and replaces those.
fn take_over(old: &Node, new: &Node) {
    if old.is_equal_node(Some(new)) || (is_island(old) && is_island(new)) {
        return;
    }
    let shell = |node: &Node| node.clone_node().ok();
    if old.has_child_nodes() && shell(old).zip(shell(new)).is_some_and(|(old, new)| old.is_equal_node(Some(&new))) {
        take_over_children(old, new);
    } else if let (Some(parent), Some(copy)) = (old.parent_node(), copy(new)) {
        // Fails only for a node that is not there any more.
        let _ = parent.replace_child(&copy, old);
    }
}

/// Pairs children by their ids, those without one by their order; so a row stays the same row when others come before it or go.
fn take_over_children(old: &Node, new: &Node) {
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
            take_over(&twin, &new);
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
