//! Parts of pages that the server sends by themselves, for a script to put in. They stand still: no island is in them.

#![expect(unreachable_pub, reason = "leptos' macro makes a hidden public function beside each component")]

use leptos::prelude::*;

use self::{preview::ImportPreview, summary::ImportSummary};
use crate::wire::ImportedList;

mod preview;
mod summary;

/// What an import of the file would do; into the list of that name, or into lists.
pub fn import_preview(file: &str, lists: Vec<ImportedList>, one: Option<String>) -> String {
    let name = file.to_owned();
    Owner::new().with(|| view! { <ImportPreview name lists one/> }.to_html())
}

/// What an import did.
pub fn import_summary(lists: Vec<ImportedList>) -> String {
    Owner::new().with(|| view! { <ImportSummary lists/> }.to_html())
}
