//! What is shown, and what a hand on it asks for; a folder a screen. Components get plain values or signals and fetch nothing at first.

#![expect(unreachable_pub, reason = "leptos' macro makes a hidden second function, as public as the first, beside each component")]

pub mod account;
pub mod dashboard;
pub mod import;
pub mod job;
pub mod list;
pub mod lists;
#[cfg(not(feature = "hydrate"))]
pub mod placeholder;
pub mod revalidator;
pub mod samples;
pub mod site;
