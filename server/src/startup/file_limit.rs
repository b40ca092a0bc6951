//! The limit on open files, and so on connections.

use rustix::process::{Resource, getrlimit, setrlimit};

/// For everything but clients: the database, Redis, uploads, the metadata source.
const RESERVED_FILES: usize = 256;

/// Raises the soft limit to the hard one: services start with 1024, for compatibility with programs that use `select`. Returns how many
/// clients may connect, at most `wanted`.
pub(super) fn raise_file_limit(wanted: usize) -> usize {
    let mut limit = getrlimit(Resource::Nofile);
    let current = limit.current;
    limit.current = limit.maximum;
    let allowed = if setrlimit(Resource::Nofile, limit).is_ok() { limit.maximum } else { current };
    let clients =
        allowed.map_or(wanted, |file_limit| usize::try_from(file_limit).unwrap_or(usize::MAX).saturating_sub(RESERVED_FILES).max(1).min(wanted));
    if clients < wanted {
        tracing::warn!(clients, "the limit on open files is too low for MAX_CONNECTIONS; raise it (`ulimit -n`, `LimitNOFILE=`)");
    }
    clients
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_limit_is_raised_to_its_maximum_and_allows_between_one_client_and_those_wanted() {
        assert_eq!(raise_file_limit(1), 1);
        let max = raise_file_limit(usize::MAX);
        assert!(max >= 1 && raise_file_limit(max) == max);
        assert_eq!(getrlimit(Resource::Nofile).current, getrlimit(Resource::Nofile).maximum);
    }
}
