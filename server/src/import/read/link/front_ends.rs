//! Sites that show YouTube's videos under addresses of their own: Invidious, Piped and similar sites.

use std::{collections::HashSet, sync::LazyLock};

/// Public instances, and the pages that choose one; the file says where each was found. Those that are gone stay, since links to them are
/// still in people's files.
static HOSTS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    let lines = include_str!("front_ends.txt").lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    lines.filter(|host| !host.is_empty()).map(|host| host.strip_prefix("www.").unwrap_or(host)).collect()
});
/// Words that name such a site in any part of a host: `invidious.example.org`, `inv.example.org`.
const LABELS: [&str; 9] = ["invidious", "inv", "piped", "hyperpipe", "viewtube", "poketube", "lighttube", "materialious", "cloudtube"];

pub(super) fn is_known(host: &str) -> bool {
    HOSTS.contains(host) || host.split(['.', '-']).any(|label| LABELS.contains(&label))
}
