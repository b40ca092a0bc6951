//! Changing the password.

use leptos::prelude::*;

use crate::components::auth_form::ShowPassword;

/// A plain form. The hidden address tells password managers which entry to update.
#[component]
pub(crate) fn PasswordForm(email: String) -> impl IntoView {
    view! {
        <section class="password-form" aria-labelledby="password">
            <h2 id="password">"Change password"</h2>
            <form class="auth-form" method="post" action="/account/password">
                <input type="email" name="email" autocomplete="username" value=email readonly hidden/>
                <label for="current-password">"Current password"</label>
                <div class="password-field">
                    <input id="current-password" name="current_password" type="password" required autocomplete="current-password"/>
                    <ShowPassword field="current-password"/>
                </div>
                <label for="new-password">"New password"</label>
                <div class="password-field">
                    <input
                        id="new-password"
                        name="new_password"
                        type="password"
                        required
                        minlength="8"
                        maxlength="200"
                        autocomplete="new-password"
                        aria-describedby="password-rule"
                    />
                    <ShowPassword field="new-password"/>
                </div>
                <p class="muted password-hint" id="password-rule">"8 to 200 characters. Every other session is signed out."</p>
                <button type="submit">"Change password"</button>
            </form>
        </section>
    }
}
