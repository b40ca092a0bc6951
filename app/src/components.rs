//! What islands are made of: all that is shown by script, and so all that is in the WASM. What stands still is in `pages`.
//! Components get plain values or signals and fetch nothing at first.

#![expect(unreachable_pub, reason = "leptos' macro makes a hidden second function, as public as the first, beside each component")]

pub mod add_video;
pub mod auth_form;
pub mod dashboard;
pub mod job;
pub mod new_list;
pub mod revalidator;
pub mod site;
pub mod upload;
