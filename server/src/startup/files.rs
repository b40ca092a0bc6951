//! How many files, and so connections, the process may have open.

use rustix::process::{Resource, getrlimit, setrlimit};

/// Kept free of clients: the database's and Redis' connections, uploads, the metadata source.
const OURS: usize = 256;

/// Raises the limit as far as this process may: a service is started with 1024 for the sake of programs far older than it. Answers how many
/// clients there is room for, at most `wanted`.
pub(super) fn make_room(wanted: usize) -> usize {
    let mut limit = getrlimit(Resource::Nofile);
    let allowed = limit.current;
    limit.current = limit.maximum;
    let allowed = if setrlimit(Resource::Nofile, limit).is_ok() { limit.maximum } else { allowed };
    let room = allowed.map_or(wanted, |files| usize::try_from(files).unwrap_or(usize::MAX).saturating_sub(OURS).max(1).min(wanted));
    if room < wanted {
        tracing::warn!(room, "this process may not open as many files as MAX_CONNECTIONS needs; raise its limit (`ulimit -n`, `LimitNOFILE=`)");
    }
    room
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_for_one_and_never_for_more_than_wanted() {
        assert_eq!(make_room(1), 1);
        let most = make_room(usize::MAX);
        assert!(most >= 1 && make_room(most) == most);
        assert_eq!(getrlimit(Resource::Nofile).current, getrlimit(Resource::Nofile).maximum);
    }
}
