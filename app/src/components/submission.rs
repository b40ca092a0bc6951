//! The submission of a form by script, so that the page stays. One request at a time; a refusal is shown in the form.

use leptos::{html, prelude::*, task::spawn_local};

use crate::{actions, wire::Problem};

#[derive(Clone, Copy)]
pub(crate) struct Submission {
    /// A request is in flight; disables the button.
    pub busy: RwSignal<bool>,
    /// Why the last request was refused, as a sentence.
    pub refusal: RwSignal<Option<String>>,
}

impl Submission {
    /// `refusal`: why the form was rejected when it was submitted without script.
    pub(crate) fn new(refusal: Option<String>) -> Self {
        Self { busy: RwSignal::new(false), refusal: RwSignal::new(refusal) }
    }

    /// Does nothing while a request is in flight. `answered` returns the field to focus, if any. If the session has ended, loads the sign-in
    /// page instead.
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
            // The form may have been removed.
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
