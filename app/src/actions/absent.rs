//! The server's side: it renders the handlers away, so that none of this is ever called there.

use leptos::ev;
use uuid::Uuid;

use crate::wire::{BulkResult, Credentials, List, Problem};

/// A file that somebody chose; there are none here.
#[derive(Clone, Debug)]
pub enum ChosenFile {}

impl ChosenFile {
    /// Its name.
    pub fn name(&self) -> String {
        match *self {}
    }
}

/// The file chosen in a file field, which is emptied, so that the same one can be chosen again.
pub fn chosen_file(_event: &ev::Event) -> Option<ChosenFile> {
    None
}

/// The file chosen before the page came to life.
pub fn file_chosen_early(_field_id: &str) -> Option<ChosenFile> {
    None
}

/// The file dropped.
pub fn dropped_file(_event: &ev::DragEvent) -> Option<ChosenFile> {
    None
}

/// A file made of pasted text.
pub fn pasted_file(_text: &str) -> Option<ChosenFile> {
    None
}

/// Imports a file into a list.
///
/// # Errors
/// Always: there is no script here.
pub async fn upload(_list_id: Uuid, _file: ChosenFile) -> Result<BulkResult, Problem> {
    Err(Problem::unreachable())
}

/// Makes a list.
///
/// # Errors
/// Always: there is no script here.
pub async fn create_list(_name: String) -> Result<List, Problem> {
    Err(Problem::unreachable())
}

/// Signs in; the session cookie comes with the answer.
///
/// # Errors
/// Always: there is no script here.
pub async fn sign_in(_credentials: Credentials) -> Result<(), Problem> {
    Err(Problem::unreachable())
}

/// Makes an account and signs in.
///
/// # Errors
/// Always: there is no script here.
pub async fn sign_up(_credentials: Credentials) -> Result<(), Problem> {
    Err(Problem::unreachable())
}

/// Loads another page as a new document, so that nothing of this one is kept.
pub fn load_page(_path: &str) {}

/// Loads this page anew.
pub fn reload() {}

/// Says in the document that the page is alive: `<html data-ready>`.
pub fn mark_ready() {}
