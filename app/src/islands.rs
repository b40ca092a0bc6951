//! Islands: the parts of a page that move. The server renders every page whole; the browser wakes these parts alone, each from the data
//! it was rendered with, and everything else stays as it arrived. What is in no island is not in the WASM.
//!
//! A new page is a server page with as few and as small islands as will do: what stands still, and what a plain form or link can do,
//! stays outside. Inside an island there is no router, no resource and no `Suspense`; it gets its data as fields here, has
//! [`Live`](crate::live::Live) and [`Instance`](crate::backend::Instance) as contexts, and fetches again through
//! [`backend`](crate::backend::backend). It says at first what the server said: no clock, no locale, no chance outside of effects.

use std::collections::HashMap;

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    components::{AuthForm, AuthKind, Dashboard, JobList, JobView, ListView, LiveMark, NewList, ReceiptFilter, Tab},
    wire::{Job, JobItem, List, Page, ProgressUpdate, Video},
};

/// One island with its data, which travels beside it in the document.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Island {
    /// The mark that progress arrives; on every page of somebody signed in, and what opens the connection.
    LiveMark,
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
    /// The cards of all jobs.
    Dashboard {
        /// The jobs on it.
        recent: Vec<ProgressUpdate>,
        /// The lists' names.
        names: HashMap<Uuid, String>,
    },
    /// A list's page.
    List {
        /// The list.
        list: List,
        /// Its first videos.
        videos: Page<Video>,
        /// Where they begin, unless at the beginning.
        start: Option<String>,
        /// The jobs on the dashboard.
        recent: Vec<ProgressUpdate>,
        /// What a plain form was refused for.
        problem: Option<String>,
    },
    /// The rows of the list of jobs.
    Jobs {
        /// The jobs.
        jobs: Vec<Job>,
    },
    /// A job's page.
    Job {
        /// The job.
        job: Box<Job>,
        /// The first lines of its receipt.
        items: Page<JobItem>,
        /// Which lines.
        filter: ReceiptFilter,
        /// Where they begin, unless at the beginning.
        cursor: Option<String>,
        /// What a plain form was refused for.
        problem: Option<String>,
    },
}

/// Where an island is shown: in a page, or over what the server rendered of it.
pub trait Place {
    /// What comes of it.
    type Shown;
    /// Shows the view.
    fn show(self, view: impl IntoView + 'static) -> Self::Shown;
}

impl Island {
    /// Shows it; the same on both sides. Generic and not erased: an erased view holds code for all that could ever be done with it.
    pub fn show<P: Place>(self, place: P) -> P::Shown {
        match self {
            Self::LiveMark => place.show(view! { <LiveMark/> }),
            Self::Tab => place.show(view! { <Tab/> }),
            Self::AuthForm { kind, problem } => place.show(view! { <AuthForm kind problem/> }),
            Self::NewList { problem } => place.show(view! { <NewList problem/> }),
            Self::Dashboard { recent, names } => place.show(view! { <Dashboard recent names/> }),
            Self::List { list, videos, start, recent, problem } => place.show(view! { <ListView list videos start recent problem/> }),
            Self::Jobs { jobs } => place.show(view! { <JobList jobs/> }),
            Self::Job { job, items, filter, cursor, problem } => place.show(view! { <JobView job=*job items filter cursor problem/> }),
        }
    }
}
