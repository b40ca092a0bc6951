//! One test binary: the parts of the server against each other and against real PostgreSQL and Redis.

mod bus;
mod socket;
