//! One file a component: what is shown, and what a hand on it asks for. Components get plain values or signals and fetch nothing at first.

#![expect(unreachable_pub, reason = "leptos' macro makes a hidden second function, as public as the first, beside each component")]

mod action_problem;
mod announcer;
mod auth_form;
mod connection_banner;
mod dashboard;
mod footer;
#[cfg(not(feature = "hydrate"))]
mod header;
mod job_actions;
mod job_card;
mod job_list;
mod job_row;
mod job_summary;
mod job_view;
mod list_cards;
mod list_menu;
mod list_view;
mod live_mark;
mod loading;
mod new_list;
mod notices;
#[cfg(not(feature = "hydrate"))]
mod problem_note;
mod progress_bar;
mod progress_sample;
mod receipt;
mod refresh;
mod rejected_lines;
mod sign_out;
mod status_badge;
mod tab;
mod takeout_guide;
mod thumbnail;
mod upload;
mod version_banner;
mod video_table;

pub use action_problem::ActionProblem;
use announcer::Announcer;
pub use auth_form::{AuthForm, AuthKind};
pub use connection_banner::ConnectionBanner;
pub use dashboard::Dashboard;
pub use footer::Footer;
#[cfg(not(feature = "hydrate"))]
pub use header::Header;
pub use job_actions::JobActions;
pub use job_card::JobCard;
pub use job_list::JobList;
pub use job_row::JobRow;
pub use job_summary::JobSummary;
pub use job_view::JobView;
pub use list_cards::ListCards;
pub use list_menu::ListMenu;
pub use list_view::{ListView, PAGE as LIST_PAGE};
pub use live_mark::LiveMark;
pub use loading::Loading;
pub use new_list::NewList;
use notices::Notices;
#[cfg(not(feature = "hydrate"))]
pub use problem_note::{ProblemNote, or_problem};
pub use progress_bar::ProgressBar;
pub use progress_sample::ProgressSample;
pub use receipt::{Receipt, ReceiptFilter};
pub use refresh::{Moves, refresh_as_jobs_move};
pub use rejected_lines::RejectedLines;
pub use sign_out::SignOut;
pub use status_badge::StatusBadge;
pub use tab::Tab;
pub use takeout_guide::TakeoutGuide;
pub use thumbnail::Thumbnail;
pub use upload::Upload;
pub use version_banner::VersionBanner;
pub use video_table::VideoTable;
