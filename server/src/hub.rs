//! Fan-out inside this process.

/// This process' sockets.
pub struct Hub {}
