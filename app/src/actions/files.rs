//! Files that were chosen, dropped or pasted.

use js_sys::Array;
use leptos::{ev, prelude::*};
use send_wrapper::SendWrapper;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{File, HtmlInputElement, HtmlTextAreaElement};

#[derive(Clone, Debug)]
pub(crate) struct ChosenFile(SendWrapper<File>);

impl ChosenFile {
    pub(crate) fn name(&self) -> String {
        self.0.name()
    }
}

impl AsRef<File> for ChosenFile {
    fn as_ref(&self) -> &File {
        &self.0
    }
}

impl From<File> for ChosenFile {
    fn from(file: File) -> Self {
        Self(SendWrapper::new(file))
    }
}

fn take_file(field: &HtmlInputElement) -> Option<ChosenFile> {
    let file = field.files()?.item(0)?;
    field.set_value("");
    Some(file.into())
}

/// Takes the file out of the field, so that the same one can be chosen again.
pub(crate) fn chosen_file(event: &ev::Event) -> Option<ChosenFile> {
    take_file(event.target()?.dyn_ref()?)
}

/// The file that was chosen before the page was hydrated.
pub(crate) fn file_chosen_early(field_id: &str) -> Option<ChosenFile> {
    take_file(document().get_element_by_id(field_id)?.dyn_ref()?)
}

pub(crate) fn dropped_file(event: &ev::DragEvent) -> Option<ChosenFile> {
    event.data_transfer()?.files()?.item(0).map(Into::into)
}

pub(crate) fn pasted_file(text: &str) -> Option<ChosenFile> {
    let parts = Array::of1(&JsValue::from_str(text));
    File::new_with_str_sequence(&parts, "Pasted links.txt").ok().map(Into::into)
}

/// Calls `then` with whatever is pasted outside of a field, until the current owner is cleaned up.
pub(crate) fn on_paste(then: impl Fn(ChosenFile) + 'static) {
    let handle = window_event_listener(ev::paste, move |event| {
        let field = event.target().is_some_and(|target| target.has_type::<HtmlInputElement>() || target.has_type::<HtmlTextAreaElement>());
        let Some(data) = event.clipboard_data().filter(|_| !field) else { return };
        let file = data.files().and_then(|files| files.item(0)).map(Into::into);
        let text = || data.get_data("text/plain").ok().filter(|text| !text.trim().is_empty()).and_then(|text| pasted_file(&text));
        if let Some(file) = file.or_else(text) {
            event.prevent_default();
            then(file);
        }
    });
    on_cleanup(move || handle.remove());
}
