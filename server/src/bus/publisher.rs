//! Publishing in a task of its own: bounded, newest state per job, never in the way of a commit.

use app::wire::ProgressUpdate;
use uuid::Uuid;

/// Hands states to the publishing task.
#[derive(Clone)]
pub struct Publisher {}

impl Publisher {
    /// Publishes a state soon. Returns at once; an older state of the same job that still waits is replaced.
    pub fn publish(&self, _user_id: Uuid, _state: &ProgressUpdate) {
        unimplemented!()
    }
}
