//! Files that a program appends to, such as FreeTube's: the last document with an `_id` counts, and one with `$$deleted` takes it back.

use std::collections::HashMap;

#[derive(Default)]
pub(super) struct Log {
    /// The lists of the newest document with each id.
    lists: HashMap<String, Vec<u32>>,
    /// Those of the document that is being closed.
    current: Vec<u32>,
}

impl Log {
    /// A list of the current document.
    pub(super) fn add(&mut self, id: Option<&str>, list: u32) {
        if id.is_some() {
            self.current.push(list);
        }
    }

    /// The lists that the current document supersedes.
    pub(super) fn earlier(&mut self, id: Option<&str>, is_deleted: bool) -> Vec<u32> {
        let current = std::mem::take(&mut self.current);
        let Some(id) = id else { return Vec::new() };
        let earlier = self.lists.remove(id).unwrap_or_default();
        if !is_deleted {
            self.lists.insert(id.to_owned(), current);
        }
        earlier
    }
}
