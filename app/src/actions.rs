//! What a user's hand asks of the server by script, and the few things a page asks of its document.
//! Handlers are compiled on both sides but run in the browser alone: on the server the same names do nothing.

#[cfg(not(feature = "browser"))]
mod absent;
mod import_into;
#[cfg(feature = "browser")]
mod remote;

#[cfg(not(feature = "browser"))]
pub use absent::*;
pub use import_into::{ImportInto, Step};
#[cfg(feature = "browser")]
pub use remote::*;
