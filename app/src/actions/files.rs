//! Files that were chosen, dropped or pasted.

use js_sys::Array;
use leptos::{ev, prelude::*};
use send_wrapper::SendWrapper;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DataTransfer, File, FileList, HtmlInputElement, HtmlTextAreaElement};

use self::folders::read_entries;
use crate::{browser::rest::ChosenFile, wire::Problem};

mod folders;

/// Files at once; the server's own limit is a setting with this default.
const MAX_FILES: usize = 1_000;

/// Never empty.
#[derive(Clone, Debug)]
pub(crate) struct ChosenFiles(SendWrapper<Vec<ChosenFile>>);

impl ChosenFiles {
    /// `None` if there are none.
    fn new(files: Vec<ChosenFile>) -> Option<Self> {
        (!files.is_empty()).then(|| Self(SendWrapper::new(files)))
    }

    fn from_list(list: Option<FileList>) -> Option<Self> {
        let list = list?;
        Self::new((0..list.length()).filter_map(|at| list.item(at)).map(ChosenFile::from).collect())
    }

    /// The file's name, or how many there are.
    pub(crate) fn name(&self) -> String {
        match &self.0[..] {
            [one] => one.file.name(),
            files => format!("{} files", files.len()),
        }
    }
}

impl AsRef<[ChosenFile]> for ChosenFiles {
    fn as_ref(&self) -> &[ChosenFile] {
        &self.0
    }
}

fn take_files(field: &HtmlInputElement) -> Option<ChosenFiles> {
    let files = ChosenFiles::from_list(field.files());
    field.set_value("");
    files
}

/// Takes the files out of the field, so that the same ones can be chosen again.
pub(crate) fn chosen_files(event: &ev::Event) -> Option<ChosenFiles> {
    take_files(event.target()?.dyn_ref()?)
}

/// The files that were chosen before the page was hydrated.
pub(crate) fn files_chosen_early(field_id: &str) -> Option<ChosenFiles> {
    take_files(document().get_element_by_id(field_id)?.dyn_ref()?)
}

/// What was dropped. It must be taken out of the event at once, and is read later: folders take a while.
pub(crate) struct DroppedFiles {
    files: Option<ChosenFiles>,
    entries: SendWrapper<Vec<web_sys::FileSystemEntry>>,
}

impl DroppedFiles {
    pub(crate) fn new(event: &ev::DragEvent) -> Option<Self> {
        let data = event.data_transfer()?;
        Some(Self { entries: SendWrapper::new(entries(&data)), files: ChosenFiles::from_list(data.files()) })
    }

    /// The files, and those in folders. `None` if nothing was dropped that is a file.
    ///
    /// # Errors
    /// There are too many, or one cannot be read.
    pub(crate) async fn files(self) -> Result<Option<ChosenFiles>, Problem> {
        let files = match self.files {
            // The plain list has folders as files without content.
            files if self.entries.iter().all(|entry| entry.is_file()) => files,
            _ => ChosenFiles::new(read_entries(self.entries.take()).await?),
        };
        if files.as_ref().is_some_and(|files| files.0.len() > MAX_FILES) { Err(folders::too_many()) } else { Ok(files) }
    }
}

/// Empty where the browser does not know folders.
fn entries(data: &DataTransfer) -> Vec<web_sys::FileSystemEntry> {
    let items = data.items();
    (0..items.length()).filter_map(|at| items.get(at)?.webkit_get_as_entry().ok()?).collect()
}

pub(crate) fn pasted_file(text: &str) -> Option<ChosenFiles> {
    let parts = Array::of1(&JsValue::from_str(text));
    ChosenFiles::new(vec![File::new_with_str_sequence(&parts, "Pasted links.txt").ok()?.into()])
}

/// Calls `then` with whatever is pasted outside of a field, until the current owner is cleaned up.
pub(crate) fn on_paste(then: impl Fn(ChosenFiles) + 'static) {
    let handle = window_event_listener(ev::paste, move |event| {
        let field = event.target().is_some_and(|target| target.has_type::<HtmlInputElement>() || target.has_type::<HtmlTextAreaElement>());
        let Some(data) = event.clipboard_data().filter(|_| !field) else { return };
        let text = || data.get_data("text/plain").ok().filter(|text| !text.trim().is_empty()).and_then(|text| pasted_file(&text));
        if let Some(files) = ChosenFiles::from_list(data.files()).or_else(text) {
            event.prevent_default();
            then(files);
        }
    });
    on_cleanup(move || handle.remove());
}
