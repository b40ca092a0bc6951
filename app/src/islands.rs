//! Islands: the parts of a page that move. The server renders every page whole; the browser wakes these parts alone, each from the data
//! it was rendered with, and everything else stays as it arrived. What is in no island is not in the WASM.
//!
//! A new page is a server page with as few and as small islands as will do: what stands still, and what a plain form or link can do,
//! stays outside: what changes there with the jobs is marked `data-revalidate`, and taken over from the server's own page (`Revalidator`), where
//! islands that are awake stay as they are, new ones are woken, and those that are gone are forgotten.
//! Inside an island there is no router, no resource and no `Suspense`; it gets its data as fields here and has
//! [`Live`](crate::live::Live) and [`Instance`](crate::backend::Instance) as contexts. It says at first what the server said: no clock, no
//! locale, no chance outside of effects.

use std::collections::HashMap;

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    actions::ImportInto,
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

/// One island with its data, which travels beside it in the document.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Island {
    /// The mark that progress arrives; on every page of somebody signed in, and what opens the connection.
    ConnectionIndicator,
    /// What concerns the whole tab; once on every page.
    Tab,
    /// Address and password.
    AuthForm {
        /// Which of the two forms.
        kind: AuthKind,
        /// What the plain form was refused for.
        problem: Option<String>,
    },
    /// The form that makes a list.
    NewList {
        /// What the plain form was refused for.
        problem: Option<String>,
    },
    /// The cards of jobs.
    Dashboard {
        /// The jobs on it.
        recent: Vec<ProgressUpdate>,
        /// Only jobs of this list.
        list_id: Option<Uuid>,
        /// The lists' names, where the page shows jobs of many.
        names: HashMap<Uuid, String>,
    },
    /// Where a file goes in.
    Upload {
        /// Where it goes.
        into: ImportInto,
        /// What the plain form was refused for.
        problem: Option<String>,
    },
    /// One video more.
    AddVideo {
        /// The list it goes into.
        list_id: Uuid,
    },
    /// Keeps the parts of the page fresh that are in no island.
    Revalidator {
        /// As these jobs move.
        trigger: RevalidateOn,
    },
    /// A row of the list of jobs.
    JobRow {
        /// The job.
        job: Box<JobRowData>,
    },
    /// A job at the top of its page.
    JobSummary {
        /// What it read.
        source_name: String,
        /// Its state.
        state: Box<ProgressUpdate>,
    },
}

/// Where an island is shown: in a page, or over what the server rendered of it.
pub(crate) trait RenderTarget {
    /// What comes of it.
    type Output;
    /// Shows the view.
    fn render(self, view: impl IntoView + 'static) -> Self::Output;
}

impl Island {
    /// Shows it; the same on both sides. Generic and not erased: an erased view holds code for all that could ever be done with it.
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
