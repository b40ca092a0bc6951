//! The browser's side of the actions.

use js_sys::Array;
use leptos::{ev, prelude::*};
use uuid::Uuid;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{File, HtmlInputElement};

use crate::{
    browser::rest,
    wire::{BulkResult, Credentials, List, Problem},
};

/// A file that somebody chose.
#[derive(Clone, Debug)]
pub struct ChosenFile(File);

impl ChosenFile {
    /// Its name.
    pub fn name(&self) -> String {
        self.0.name()
    }
}

fn take_file(field: &HtmlInputElement) -> Option<ChosenFile> {
    let file = field.files()?.item(0)?;
    field.set_value("");
    Some(ChosenFile(file))
}

/// The file chosen in a file field, which is emptied, so that the same one can be chosen again.
pub fn chosen_file(event: &ev::Event) -> Option<ChosenFile> {
    take_file(event.target()?.dyn_ref()?)
}

/// The file chosen before the page came to life.
pub fn file_chosen_early(field_id: &str) -> Option<ChosenFile> {
    take_file(document().get_element_by_id(field_id)?.dyn_ref()?)
}

/// The file dropped.
pub fn dropped_file(event: &ev::DragEvent) -> Option<ChosenFile> {
    event.data_transfer()?.files()?.item(0).map(ChosenFile)
}

/// A file made of pasted text.
pub fn pasted_file(text: &str) -> Option<ChosenFile> {
    let parts = Array::of1(&JsValue::from_str(text));
    File::new_with_str_sequence(&parts, "Pasted links.txt").ok().map(ChosenFile)
}

/// Imports a file into a list.
///
/// # Errors
/// What the server says of the file, or that it did not answer.
pub async fn upload(list_id: Uuid, file: ChosenFile) -> Result<BulkResult, Problem> {
    rest::upload(list_id, file.0).await
}

/// Makes a list.
///
/// # Errors
/// What is wrong with the name, or that the server did not answer.
pub async fn create_list(name: String) -> Result<List, Problem> {
    rest::create_list(name).await
}

/// Signs in; the session cookie comes with the answer.
///
/// # Errors
/// Wrong address or password, too many attempts, or no answer.
pub async fn sign_in(credentials: Credentials) -> Result<(), Problem> {
    rest::sign_in(&credentials).await
}

/// Makes an account and signs in.
///
/// # Errors
/// The address is taken, the password too weak, or no answer.
pub async fn sign_up(credentials: Credentials) -> Result<(), Problem> {
    rest::sign_up(&credentials).await
}

/// Loads another page as a new document, so that nothing of this one is kept.
pub fn load_page(path: &str) {
    // Refused only for a malformed URL, and all of ours are written in this crate.
    let _ = window().location().set_href(path);
}

/// Loads this page anew.
pub fn reload() {
    let _ = window().location().reload();
}

/// Says in the document that the page is alive: `<html data-ready>`.
pub fn mark_ready() {
    if let Some(root) = document().document_element() {
        let _ = root.set_attribute("data-ready", "");
    }
}
