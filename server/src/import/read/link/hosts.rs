//! Hosts that stand for YouTube: sites that show its videos under addresses of their own (Invidious, Piped and similar sites), and sites that
//! forward to the link in their address.

use std::{collections::HashSet, sync::LazyLock};

/// Public instances, and the pages that choose one; the file says where each was found. Those that are gone stay, since links to them are
/// still in people's files.
static FRONT_ENDS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    let lines = include_str!("front_ends.txt").lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    lines.filter(|host| !host.is_empty()).map(|host| host.strip_prefix("www.").unwrap_or(host)).collect()
});
/// Words that name such a site in any part of a host: `invidious.example.org`, `inv.example.org`.
const FRONT_END_LABELS: [&str; 9] = ["invidious", "inv", "piped", "hyperpipe", "viewtube", "poketube", "lighttube", "materialious", "cloudtube"];

/// Sites that forward to the link in their address.
const REDIRECTORS: [&str; 38] = [
    "noembed.com",
    "iframe.ly",
    "iframely.net",
    "embed.ly",
    "api.embed.ly",
    "i.embed.ly",
    "oembed.link",
    "l.facebook.com",
    "lm.facebook.com",
    "l.instagram.com",
    "l.messenger.com",
    "out.reddit.com",
    "t.umblr.com",
    "steamcommunity.com",
    "vk.com",
    "away.vk.com",
    "slack-redir.net",
    "duckduckgo.com",
    "href.li",
    "anon.to",
    "web.archive.org",
    "archive.ph",
    "archive.today",
    "archive.is",
    "getpocket.com",
    "exit.sc",
    "disq.us",
    "linkedin.com",
    "urldefense.com",
    "urldefense.proofpoint.com",
    "deref-gmx.net",
    "deref-mail.com",
    "cdn.embedly.com",
    "tubo.media",
    "deturl.com",
    "googleads.g.doubleclick.net",
    "r.jina.ai",
    "t.me",
];

pub(super) fn is_front_end(host: &str) -> bool {
    FRONT_ENDS.contains(host) || host.split(['.', '-']).any(|label| FRONT_END_LABELS.contains(&label))
}

pub(super) fn is_redirector(host: &str) -> bool {
    is_google(host) || REDIRECTORS.contains(&host) || host.ends_with(".safelinks.protection.outlook.com")
}

/// `google.com`, `google.de`, `google.co.uk`, `accounts.google.com`, and those of its redirects in documents and mails.
fn is_google(host: &str) -> bool {
    let labels: Vec<&str> = host.split('.').collect();
    let at = labels.iter().position(|label| *label == "google");
    let is_ending = |ending: &[&str]| matches!(ending, [top] if top.len() <= 3) || matches!(ending, ["com" | "co", country] if country.len() == 2);
    at.is_some_and(|at| is_ending(&labels[at + 1..])) || host == "googleusercontent.com"
}

/// A mail filter's encoding: `https-3A__www.youtube.com_watch-3Fv-3DID`.
pub(super) fn proofpoint(value: &str) -> String {
    let encoded = value.replace('_', "/").replace('-', "%");
    percent_encoding::percent_decode_str(&encoded).decode_utf8_lossy().into_owned()
}
