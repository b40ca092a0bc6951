//! The form for signing in and signing up.

use leptos::{ev::SubmitEvent, html, prelude::*};
use serde::{Deserialize, Serialize};

use super::submission::Submission;
use crate::{
    actions,
    wire::{Credentials, Problem},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum AuthKind {
    SignIn,
    SignUp,
}

/// A plain form. With script a refusal is shown in the form, and the input is kept.
#[component]
pub(crate) fn AuthForm(
    kind: AuthKind,
    /// Why the form was rejected when it was submitted without script.
    problem: Option<String>,
) -> impl IntoView {
    let (email, password) = (NodeRef::<html::Input>::new(), NodeRef::<html::Input>::new());
    let form = Submission::new(problem);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let (Some(address), Some(secret)) = (email.get_untracked(), password.get_untracked()) else { return };
        let credentials = Credentials { email: address.value(), password: secret.value() };
        let request = async move {
            match kind {
                AuthKind::SignIn => actions::sign_in(credentials).await,
                AuthKind::SignUp => actions::sign_up(credentials).await,
            }
        };
        form.send(request, move |answer| match answer {
            Ok(()) => {
                actions::load_page("/lists");
                None
            }
            Err(problem) => Some(if about_address(problem) { email } else { password }),
        });
    };
    let (action, label, autocomplete) = match kind {
        AuthKind::SignIn => ("/sign-in", "Sign in", "current-password"),
        AuthKind::SignUp => ("/sign-up", "Create account", "new-password"),
    };
    view! {
        <form class="auth-form" method="post" action=action on:submit=submit>
            <label for="email">"E-mail address"</label>
            <input
                node_ref=email
                id="email"
                name="email"
                type="email"
                required
                autocomplete="username"
                autocapitalize="none"
                spellcheck="false"
                aria-describedby="auth-problem"
            />
            <label for="password">"Password"</label>
            <div class="password-field">
                <input
                    node_ref=password
                    id="password"
                    name="password"
                    type="password"
                    required
                    autocomplete=autocomplete
                    aria-describedby="auth-problem password-rule"
                />
                <ShowPassword field="password"/>
            </div>
            <p class="muted password-hint" id="password-rule">{(kind == AuthKind::SignUp).then_some("8 to 200 characters. It cannot be reset by e-mail, so keep it safe.")}</p>
            <button class="primary" type="submit" disabled=form.busy>{label}</button>
            <p class="form-error" id="auth-problem" role="alert">{form.refusal}</p>
        </form>
    }
}

/// A button after a password field, inside `password-field`. Works only with script (`actions::delegate`).
#[component]
pub(crate) fn ShowPassword(
    /// The id of the field.
    field: &'static str,
) -> impl IntoView {
    view! { <button type="button" class="quiet js-only" data-toggles-password=field>"Show"<span class="visually-hidden">" password"</span></button> }
}

fn about_address(problem: &Problem) -> bool {
    matches!(&*problem.code, "email_taken" | "bad_email")
}
