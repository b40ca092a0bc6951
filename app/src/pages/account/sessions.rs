//! The account's sessions, and signing out.

use leptos::prelude::*;

use crate::{wire::Session, wording};

#[component]
pub(crate) fn Sessions(sessions: Vec<Session>) -> impl IntoView {
    let others = sessions.iter().any(|session| !session.current);
    view! {
        <section class="sessions" aria-labelledby="sessions">
            <div class="section-header">
                <h2 id="sessions">"Signed in"</h2>
                {others.then(|| view! {
                    <form method="post" action="/account/sessions/end-others">
                        <button type="submit">"Sign out everywhere else"</button>
                    </form>
                })}
            </div>
            <ul>{sessions.into_iter().map(|session| view! { <SessionRow session/> }).collect_view()}</ul>
        </section>
    }
}

#[component]
fn SessionRow(session: Session) -> impl IntoView {
    let Session { id, user_agent, created_at, last_used_at, current } = session;
    let name = wording::device(&user_agent);
    let label = format!("Sign out {name}, last used {}", wording::date_time(last_used_at));
    view! {
        <li>
            <p title=user_agent>
                <b>{name}</b>
                <span class="muted tabular-nums">{format!("since {}, last used {}", wording::date(created_at), wording::date_time(last_used_at))}</span>
            </p>
            {if current {
                view! { <span class="badge" data-status="completed">"This browser"</span> }.into_any()
            } else {
                view! {
                    <form method="post" action=format!("/account/sessions/{id}/end")>
                        <button class="quiet" type="submit" aria-label=label>"Sign out"</button>
                    </form>
                }
                .into_any()
            }}
        </li>
    }
}

/// A plain form. With script the connection stops before it is submitted.
#[component]
pub(crate) fn SignOut(
    /// In the header.
    #[prop(optional)]
    quiet: bool,
) -> impl IntoView {
    view! {
        <form class="sign-out" method="post" action="/sign-out">
            <button type="submit" class:quiet=quiet>"Sign out"</button>
        </form>
    }
}
