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
    fn shares_add_up_and_every_part_of_a_process_has_some() {
        for connections in 1..=500 {
            for (web, worker) in [(true, true), (true, false), (false, true)] {
                let budget = ConnectionBudget::split(connections, web, worker);
                let ConnectionBudget { requests, locking, background, health } = budget;
                assert_eq!(requests + locking + background + health, connections);
                assert!(requests > 0, "{budget:?}");
                assert!((1..=4).contains(&budget.imports()), "{budget:?}");
                if connections >= MIN_DIVIDED {
                    assert!(background > 0, "{budget:?}");
                    assert!(!web || (locking > 0 && health > 0), "{budget:?}");
                    assert!(locking < 2 || budget.imports() < locking as usize, "another request can change a list: {budget:?}");
                }
            }
        }
    }
}
