//! The cards of jobs that run or have just ended.

use std::collections::HashMap;

use leptos::prelude::*;
use uuid::Uuid;

use crate::{
    components::{JobCard, NotifyToggle},
    live::Live,
    wire::ProgressUpdate,
};

/// All cards, or those of one list; not there while there are none.
#[component]
pub fn Dashboard(
    /// Jobs that belong on it, as the page was rendered.
    recent: Vec<ProgressUpdate>,
    /// Only jobs of this list.
    list_id: Option<Uuid>,
    /// The lists' names, where the page shows jobs of all.
    names: HashMap<Uuid, String>,
) -> impl IntoView {
    let live = expect_context::<Live>();
    live.seed(recent);
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
    view! {
        <section class="dashboard" aria-label="Active jobs" hidden=move || jobs.with(Vec::is_empty)>
            <div class="section-head">
                <h2>{move || format!("Active Jobs ({})", jobs.with(Vec::len))}</h2>
                <NotifyToggle/>
            </div>
            <For each=move || jobs.get() key=|id| *id let:id>
                <Placed id many=list_id.is_none() names/>
            </For>
        </section>
    }
}

/// A card bound to its place on the board. It keeps the last state when the job is taken off, for as long as it is still shown.
#[component]
fn Placed(id: Uuid, many: bool, names: StoredValue<HashMap<Uuid, String>>) -> impl IntoView {
    let live = expect_context::<Live>();
    let first = live.board.with_untracked(|board| board.card(id).cloned())?;
    // A list that is newer than the page: its name comes as the page is freshened.
    let name = |list_id| names.with_value(|names| names.get(&list_id).cloned()).unwrap_or_default();
    let list = first.state.list_id.filter(|_| many).map(|list_id| (list_id, name(list_id)));
    let card = Memo::new(move |before| live.board.with(|board| board.card(id).cloned()).or_else(|| before.cloned()).unwrap_or_else(|| first.clone()));
    Some(view! { <JobCard card list/> })
}
