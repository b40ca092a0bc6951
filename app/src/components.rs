//! One file a component: what is shown, and what a hand on it asks for. Components get plain values or signals and fetch nothing at first.

#![expect(unreachable_pub, reason = "leptos' macro makes a hidden second function, as public as the first, beside each component")]

mod action_problem;
mod add_video;
mod announcer;
mod auth_form;
mod connection_banner;
mod dashboard;
mod drop_zone;
mod failure_marks;
mod footer;
#[cfg(not(feature = "hydrate"))]
mod header;
mod import_preview;
mod import_summary;
mod job_actions;
mod job_card;
mod job_facts;
mod job_retries;
mod job_row;
mod job_summary;
mod job_timeline;
mod list_cards;
mod list_menu;
mod live_mark;
mod loading;
mod new_list;
mod notices;
mod notify_toggle;
mod outlook;
#[cfg(not(feature = "hydrate"))]
mod password_form;
mod paste_links;
#[cfg(not(feature = "hydrate"))]
mod problem_note;
mod progress_bar;
mod progress_sample;
mod receipt;
mod receipt_table;
mod refresh;
mod rejected_lines;
mod sample_list;
#[cfg(not(feature = "hydrate"))]
mod sessions;
mod show_password;
mod sign_out;
mod status_badge;
mod tab;
mod table_sample;
mod takeout_guide;
mod thumbnail;
mod upload;
mod version_banner;
mod video_filters;
mod video_table;

pub use action_problem::ActionProblem;
pub use add_video::AddVideo;
use announcer::Announcer;
pub use auth_form::{AuthForm, AuthKind};
pub use connection_banner::ConnectionBanner;
pub use dashboard::Dashboard;
pub use drop_zone::DropZone;
pub use failure_marks::FailureMarks;
pub use footer::Footer;
#[cfg(not(feature = "hydrate"))]
pub use header::Header;
pub use import_preview::ImportPreview;
pub use import_summary::ImportSummary;
pub use job_actions::JobActions;
pub use job_card::JobCard;
pub use job_facts::JobFacts;
pub use job_retries::JobRetries;
pub use job_row::{JobLine, JobRow};
pub use job_summary::JobSummary;
pub use job_timeline::JobTimeline;
pub use list_cards::ListCards;
pub use list_menu::ListMenu;
pub use live_mark::LiveMark;
pub use loading::Loading;
pub use new_list::NewList;
use notices::Notices;
pub use notify_toggle::NotifyToggle;
pub use outlook::Outlook;
#[cfg(not(feature = "hydrate"))]
pub use password_form::PasswordForm;
pub use paste_links::PasteLinks;
#[cfg(not(feature = "hydrate"))]
pub use problem_note::{ProblemNote, or_problem};
pub use progress_bar::ProgressBar;
pub use progress_sample::ProgressSample;
pub use receipt::{Receipt, lines_wanted};
pub use receipt_table::ReceiptTable;
pub use refresh::{Freshener, Moves};
pub use rejected_lines::RejectedLines;
pub use sample_list::SampleList;
#[cfg(not(feature = "hydrate"))]
pub use sessions::Sessions;
pub use show_password::ShowPassword;
pub use sign_out::SignOut;
pub use status_badge::StatusBadge;
pub use tab::Tab;
use table_sample::TableSample;
pub use takeout_guide::TakeoutGuide;
pub use thumbnail::Thumbnail;
pub use upload::Upload;
pub use version_banner::VersionBanner;
pub use video_filters::{VideoFilters, videos_wanted};
pub use video_table::VideoTable;
