//! Divides DATABASE_CONNECTIONS, so that no part of the process waits for connections that another part uses.

/// Fewer connections than this are shared.
const MIN_DIVIDED: u32 = 4;

/// Number of connections for each part; 0 if it shares those for requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ConnectionBudget {
    pub(super) requests: u32,
    /// For requests that may wait for a lock: imports, and changes of a list or a job.
    pub(super) locking: u32,
    /// For the worker and the repair of lost updates.
    pub(super) background: u32,
    /// For `/readyz`.
    pub(super) health: u32,
}

impl ConnectionBudget {
    /// Divides `connections` for a process with these roles. In a `web` process, the background only runs a query every few seconds.
    pub(super) fn split(connections: u32, web: bool, worker: bool) -> Self {
        let quarter = connections / MIN_DIVIDED;
        let (locking, background, health) = match (web, worker) {
            _ if quarter == 0 => (0, 0, 0),
            (false, _) => (0, connections - 1, 0),
            (true, worker) => (quarter + u32::from(quarter > 1), if worker { quarter } else { 1 }, 1),
        };
        Self { requests: connections - locking - background - health, locking, background, health }
    }

    /// Number of concurrent imports. One connection is left for other requests that change a list.
    pub(super) fn imports(self) -> usize {
        let available = if self.locking == 0 { self.requests } else { self.locking };
        available.saturating_sub(1).clamp(1, 4) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up_to_what_is_allowed_and_leave_requests_some() {
        for connections in 1..=500 {
            for (web, worker) in [(true, true), (true, false), (false, true)] {
                let ConnectionBudget { requests, locking, background, health } = ConnectionBudget::split(connections, web, worker);
                assert_eq!(requests + locking + background + health, connections);
                assert!(requests > 0);
            }
        }
    }

    #[test]
    fn shares_of_the_default_are_those_of_the_documentation() {
        assert_eq!(ConnectionBudget::split(16, true, true), ConnectionBudget { requests: 6, locking: 5, background: 4, health: 1 });
        assert_eq!(ConnectionBudget::split(16, true, false), ConnectionBudget { requests: 9, locking: 5, background: 1, health: 1 });
        assert_eq!(ConnectionBudget::split(16, false, true), ConnectionBudget { requests: 1, locking: 0, background: 15, health: 0 });
        assert_eq!(ConnectionBudget::split(3, true, true), ConnectionBudget { requests: 3, locking: 0, background: 0, health: 0 });
        assert_eq!([1, 3, 4, 8, 16, 500].map(|connections| ConnectionBudget::split(connections, true, true).imports()), [1, 2, 1, 2, 4, 4]);
    }
}
