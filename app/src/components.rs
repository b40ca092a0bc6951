//! The components of islands, and so everything visual that is in the WASM. Static parts of pages are in `pages`. Components take plain values
//! or signals and fetch nothing for their first render.

#![expect(unreachable_pub, reason = "leptos' macro makes a hidden public function beside each component")]

pub(crate) mod add_video;
pub(crate) mod auth_form;
pub(crate) mod dashboard;
pub(crate) mod job;
pub(crate) mod new_list;
pub(crate) mod revalidator;
pub(crate) mod site;
mod submission;
pub(crate) mod upload;
