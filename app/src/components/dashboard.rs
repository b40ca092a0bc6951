//! Cards of jobs that are running or have just ended.

use std::collections::HashMap;

use leptos::{
    prelude::*,
    tachys::{reactive_graph::OwnedView, view::keyed::keyed},
    task::spawn_local,
};
use uuid::Uuid;

use self::job_card::JobCard;
use crate::{actions, live::LiveProgress, progress::Card, wire::ProgressUpdate};

mod job_card;

/// A signal for each card that is shown. A page that stays open for weeks shows thousands of cards, and a signal keeps a record of every
/// subscriber it ever had, an owner of every child: so a card does not subscribe to the board, and the page does not own it.
type CardSignals = StoredValue<HashMap<Uuid, ArcRwSignal<Card>>>;

/// Hidden while there are no cards.
#[component]
pub(crate) fn Dashboard(
    /// The jobs at the time the page was rendered.
    recent: Vec<ProgressUpdate>,
    /// Show only this list's jobs.
    list_id: Option<Uuid>,
    /// Names of the lists, if the page shows jobs of more than one.
    names: HashMap<Uuid, String>,
) -> impl IntoView {
    let live = expect_context::<LiveProgress>();
    actions::seed(live, recent);
    let names = StoredValue::new(names);
    let jobs = Memo::new(move |_| {
        live.board.with(|board| {
            let mut jobs = board.jobs();
            if list_id.is_some() {
                jobs.retain(|id| board.card(*id).is_some_and(|card| card.state.list_id == list_id));
            }
            jobs
        })
    });
    let card_signals = CardSignals::default();
    Effect::new(move |_| {
        let states = live.board.with(|board| {
            card_signals.try_update_value(|card_signals| {
                card_signals.retain(|id, _| board.card(*id).is_some());
                card_signals.iter().filter_map(|(id, signal)| board.card(*id).map(|card| (signal.clone(), card.clone()))).collect::<Vec<_>>()
            })
        });
        for (signal, card) in states.unwrap_or_default() {
            if signal.with_untracked(|shown| *shown != card) {
                signal.set(card);
            }
        }
    });
    let show = move |_: usize, id: Uuid| {
        // On the server each page has an arena of its own that lives only while it renders, so a child owner is safe.
        let owner = if cfg!(feature = "browser") { Owner::default() } else { Owner::new() };
        let card = owner.with(|| {
            provide_context(live);
            view! { <DashboardCard id many=list_id.is_none() names card_signals/> }
        });
        (drop, OwnedView::new_with_owner(card, owner))
    };
    view! {
        <section class="dashboard" aria-label="Active jobs" hidden=move || jobs.with(Vec::is_empty)>
            <div class="section-header">
                <h2>{move || format!("Active Jobs ({})", jobs.with(Vec::len))}</h2>
                <NotifyToggle/>
            </div>
            {move || keyed(jobs.get(), |id| *id, show)}
        </section>
    }
}

/// Keeps its last state if the job leaves the board before the card does.
#[component]
fn DashboardCard(id: Uuid, many: bool, names: StoredValue<HashMap<Uuid, String>>, card_signals: CardSignals) -> impl IntoView {
    let live = expect_context::<LiveProgress>();
    let first = live.board.with_untracked(|board| board.card(id).cloned())?;
    // The name of a list that is newer than the page comes with the next revalidation.
    let name = |list_id| names.with_value(|names| names.get(&list_id).cloned());
    let list = first.state.list_id.filter(|_| many).map(|list_id| (list_id, name(list_id)));
    let card = card_signals.try_update_value(|card_signals| card_signals.entry(id).or_insert_with(|| ArcRwSignal::new(first)).clone())?;
    Some(view! { <JobCard card=RwSignal::from(card) list/> })
}

/// Hidden if the browser has no notifications. Permission is requested only when the user turns it on.
#[component]
fn NotifyToggle() -> impl IntoView {
    let state = RwSignal::new(None::<bool>);
    Effect::new(move |_| state.set(actions::notifications_enabled()));
    let turn = move |_| {
        let on = state.get_untracked() != Some(true);
        spawn_local(async move {
            let now = actions::set_notifications(on).await;
            state.try_set(Some(now));
        });
    };
    let pressed = move || (state.get() == Some(true)).to_string();
    let label = move || if state.get() == Some(true) { "Notifies at the end" } else { "Notify at the end" };
    view! { <button type="button" class="quiet notify-toggle" hidden=move || state.get().is_none() aria-pressed=pressed on:click=turn>{label}</button> }
}
