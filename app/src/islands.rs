//! Islands: the interactive parts of a page. The server renders every page completely; the browser hydrates only the islands, each from
//! the data it was rendered with. Code that no island uses is not in the WASM.
//!
//! Keep islands few and small: static content, and whatever a plain form or link can do, stays outside. Static parts that change with jobs
//! are marked `data-revalidate`: the [`Revalidator`] fetches the page again and morphs them to match. Morphing leaves hydrated islands
//! alone, hydrates new ones and drops those that are gone.
//!
//! Inside an island there is no router, no resource and no `Suspense`. Its data are its fields here; its contexts are
//! [`LiveProgress`](crate::live::LiveProgress) and [`Instance`](crate::backend::Instance). Its first render must equal the server's: clock, locale and
//! randomness belong in effects.

use std::collections::HashMap;

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    actions::ImportTarget,
    components::{
        add_video::AddVideo,
        auth_form::{AuthForm, AuthKind},
        dashboard::Dashboard,
        job::{JobRow, JobRowData, JobSummary},
        new_list::NewList,
        revalidator::{RevalidateOn, Revalidator},
        site::{ConnectionIndicator, Tab},
        upload::Upload,
    },
    wire::ProgressUpdate,
};

/// An island and its data, which is embedded beside it in the document as JSON.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Island {
    /// On every page of a signed-in user. Opens the connection.
    ConnectionIndicator,
    /// Once on every page.
    Tab,
    AuthForm {
        kind: AuthKind,
        /// Why the form was rejected when it was submitted without script.
        problem: Option<String>,
    },
    NewList {
        /// Why the form was rejected when it was submitted without script.
        problem: Option<String>,
    },
    Dashboard {
        recent: Vec<ProgressUpdate>,
        /// Show only this list's jobs.
        list_id: Option<Uuid>,
        /// Names of the lists, if the page shows jobs of more than one.
        names: HashMap<Uuid, String>,
    },
    Upload {
        into: ImportTarget,
        /// Why the form was rejected when it was submitted without script.
        problem: Option<String>,
    },
    AddVideo {
        list_id: Uuid,
    },
    /// Revalidates the static parts of the page.
    Revalidator {
        trigger: RevalidateOn,
    },
    JobRow {
        job: Box<JobRowData>,
    },
    JobSummary {
        source_name: String,
        state: Box<ProgressUpdate>,
    },
}

/// Where an island is rendered: into a page, or onto the HTML that the server rendered for it.
pub(crate) trait RenderTarget {
    type Output;
    fn render(self, view: impl IntoView + 'static) -> Self::Output;
}

impl Island {
    /// The same on server and browser. Generic rather than type-erased: an erased view keeps code for everything that could be done with it.
    pub(crate) fn render<T: RenderTarget>(self, target: T) -> T::Output {
        match self {
            Self::ConnectionIndicator => target.render(view! { <ConnectionIndicator/> }),
            Self::Tab => target.render(view! { <Tab/> }),
            Self::AuthForm { kind, problem } => target.render(view! { <AuthForm kind problem/> }),
            Self::NewList { problem } => target.render(view! { <NewList problem/> }),
            Self::Dashboard { recent, list_id, names } => target.render(view! { <Dashboard recent list_id names/> }),
            Self::Upload { into, problem } => target.render(view! { <Upload into problem/> }),
            Self::AddVideo { list_id } => target.render(view! { <AddVideo list_id/> }),
            Self::Revalidator { trigger } => target.render(view! { <Revalidator trigger/> }),
            Self::JobRow { job } => target.render(view! { <JobRow job=*job/> }),
            Self::JobSummary { source_name, state } => target.render(view! { <JobSummary source_name state=*state/> }),
        }
    }
}
