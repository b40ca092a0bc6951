//! On every page: the state of the connection, and what concerns the whole tab.

mod connection;
mod notices;
mod tab;

use connection::ConnectionBanner;
pub(crate) use connection::ConnectionIndicator;
pub(crate) use tab::Tab;
