//! What tests stand on.

pub(crate) mod database;
pub(crate) mod person;
pub(crate) mod port;
pub(crate) mod socket;
pub(crate) mod zip;
