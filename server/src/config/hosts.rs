//! Addresses that name several servers, separated by commas: `scheme://user:password@one:1,two:2/path`.

/// The same address once for each server, in order.
pub(crate) fn split_hosts(url: &str) -> Vec<String> {
    let Some((scheme, rest)) = url.split_once("://") else { return vec![url.into()] };
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    // A password may contain commas and, unescaped, even an `@`.
    let (user, hosts) = authority.split_at(authority.rfind('@').map_or(0, |at| at + 1));
    hosts.split(',').map(|host| format!("{scheme}://{user}{}{path}", host.trim())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_server_of_an_address_gets_its_own() {
        assert_eq!(split_hosts("redis://cache/"), ["redis://cache/"]);
        assert_eq!(split_hosts("redis://u:p,q@a:1,b:2/0"), ["redis://u:p,q@a:1/0", "redis://u:p,q@b:2/0"]);
        assert_eq!(split_hosts("postgres://[::1]:5432,db/x?y=1,2"), ["postgres://[::1]:5432/x?y=1,2", "postgres://db/x?y=1,2"]);
        assert_eq!(split_hosts("redis://a,b"), ["redis://a", "redis://b"]);
        assert_eq!(split_hosts("nonsense"), ["nonsense"]);
    }
}
