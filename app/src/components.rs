//! What islands are made of: all that is shown by script, and so all that is in the WASM. What stands still is in `pages`.
//! Components get plain values or signals and fetch nothing at first.

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
