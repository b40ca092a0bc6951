//! The server's side: it renders the handlers away, so that none of this is ever called there.

use leptos::ev;
use uuid::Uuid;

use super::{ImportInto, Step};
use crate::{
    live::Live,
    progress::RevalidationEvent,
    wire::{Credentials, Problem},
};

/// A file that somebody chose; there are none here.
#[derive(Clone, Debug)]
pub struct ChosenFile(());

impl ChosenFile {
    /// Its name.
    pub fn name(&self) -> String {
        String::new()
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

/// Calls `then` with what is pasted outside of any field, for as long as this part of the page is there.
pub fn on_paste(_then: impl Fn(ChosenFile) + 'static) {}

/// Sends a file; answers what the server says of it, as a part of a page.
///
/// # Errors
/// Always: there is no script here.
pub async fn import(_into: ImportInto, _file: ChosenFile, _step: Step) -> Result<String, Problem> {
    Err(Problem::unreachable())
}

/// Which button of a preview was pressed: whether to import.
pub fn decision(_event: &ev::MouseEvent) -> Option<bool> {
    None
}

/// Listens for what script adds to the parts of a page that are no islands.
pub fn delegate() {}

/// Fetches the page again and takes over what has changed.
pub fn revalidator(_live: Live) -> impl Fn(RevalidationEvent) + Clone {
    |_| {}
}

/// Adds one video to a list.
///
/// # Errors
/// Always: there is no script here.
pub async fn add_video(_list_id: Uuid, _url: String) -> Result<(), Problem> {
    Err(Problem::unreachable())
}

/// Keeps the focus near a job whose buttons are about to change.
pub fn keep_focus(_job_id: Uuid) {}

/// Moves the focus.
pub fn focus(_id: &str) {}

/// Makes a list.
///
/// # Errors
/// Always: there is no script here.
pub async fn create_list(_name: String) -> Result<Uuid, Problem> {
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

/// Draws the percentage on the tab's icon.
pub fn show_icon(_percent: Option<u8>) {}

/// Whether the end of a job is told by the system; `None` where it cannot.
pub fn notifying() -> Option<bool> {
    None
}

/// Turns it on or off. Answers what it is now.
pub async fn set_notifying(_on: bool) -> bool {
    false
}

/// Tells it by the system.
pub fn notify(_text: &str) {}
