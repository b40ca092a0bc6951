//! The page as the server renders it now, taken over where it differs. What is on the page is touched no more than that: ticked boxes,
//! the focus and the scroll position stay.

use gloo_net::http::Request;
use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::JsCast;
use web_sys::{Document, DomParser, Element, Node, SupportedType};

/// The parts of a page that are taken over; each has an id, and no island in it.
const FRESH: &str = "[data-fresh]";

/// Asks for the page and takes its changes over. Nothing happens where it cannot be had: the next move asks again.
pub fn freshen() {
    spawn_local(async {
        let Some(page) = fetch().await else { return };
        let Ok(parts) = document().query_selector_all(FRESH) else { return };
        for part in (0..parts.length()).filter_map(|at| parts.item(at)?.dyn_into::<Element>().ok()) {
            if let Some(now) = page.get_element_by_id(&part.id()) {
                take_over(&part, &now);
            }
        }
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
    if old.is_equal_node(Some(new)) {
        return;
    }
    let (olds, news) = (old.child_nodes(), new.child_nodes());
    let shell = |node: &Node| node.clone_node().ok();
    let same_shell = shell(old).zip(shell(new)).is_some_and(|(old, new)| old.is_equal_node(Some(&new)));
    if same_shell && olds.length() == news.length() && olds.length() > 0 {
        for (old, new) in (0..olds.length()).filter_map(|at| olds.item(at).zip(news.item(at))) {
            take_over(&old, &new);
        }
    } else if let (Some(parent), Ok(copy)) = (old.parent_node(), document().import_node_with_deep(new, true)) {
        // Fails only for a node that is not there any more.
        let _ = parent.replace_child(&copy, old);
    }
}
