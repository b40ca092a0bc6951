//! A plain form that a script sends, so that the page stays: once at a time, and a refusal stands in the form.

use leptos::{html, prelude::*, task::spawn_local};

use crate::{actions, wire::Problem};

/// One form's.
#[derive(Clone, Copy)]
pub(crate) struct Submission {
    /// A request is under way: the form's button is off.
    pub busy: RwSignal<bool>,
    /// Why the last one was refused, for a reader.
    pub refusal: RwSignal<Option<String>>,
}

impl Submission {
    /// `refusal` is why the plain form was refused, where that is how the page came.
    pub(crate) fn new(refusal: Option<String>) -> Self {
        Self { busy: RwSignal::new(false), refusal: RwSignal::new(refusal) }
    }

    /// Sends, unless a request is under way. `answered` says where the focus goes then, if anywhere; after a session's end all goes to the
    /// sign-in page.
    pub(crate) fn send<T: 'static>(
        self,
        request: impl Future<Output = Result<T, Problem>> + 'static,
        answered: impl FnOnce(Result<T, &Problem>) -> Option<NodeRef<html::Input>> + 'static,
    ) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.refusal.set(None);
        spawn_local(async move {
            let answer = request.await;
            // The form may be gone by now.
            self.busy.try_set(false);
            let (field, refusal) = match answer {
                Ok(value) => (answered(Ok(value)), None),
                Err(problem) if problem.code == "signed_out" => return actions::load_page("/sign-in"),
                Err(problem) => (answered(Err(&problem)), Some(problem.detail)),
            };
            self.refusal.try_set(refusal);
            if let Some(field) = field.and_then(|field| field.try_get_untracked().flatten()) {
                let _ = field.focus();
            }
        });
    }
}
