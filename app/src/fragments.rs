//! HTML fragments that a script inserts into the page. They contain no islands.

#![expect(unreachable_pub, reason = "leptos' macro makes a hidden public function beside each component")]

use leptos::prelude::*;

use self::{preview::ImportPreview, summary::ImportSummary};
use crate::wire::ImportedList;

mod preview;
mod summary;

/// The preview of an import: into the list of this name, or into several lists.
pub fn import_preview(file: &str, lists: Vec<ImportedList>, list_name: Option<String>) -> String {
    let name = file.to_owned();
    Owner::new().with(|| view! { <ImportPreview name lists list_name/> }.to_html())
}

/// The result of an import.
pub fn import_summary(lists: Vec<ImportedList>) -> String {
    Owner::new().with(|| view! { <ImportSummary lists/> }.to_html())
}
