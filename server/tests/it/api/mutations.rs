//! Damaged updates, cookies, tokens and queries: refused like any other bad input, and never taken for a good one.

use std::time::{Duration, Instant};

use app::wire::ProgressUpdate;
use fastrand::Rng;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use reqwest::Method;
use serde_json::{Value, json};

use super::site::{PASSWORD, Site};

/// What parsers stumble over.
const PIECES: [&[u8]; 16] = [
    b"\0",
    b"\xff\xfe",
    b"\"",
    b"}",
    b"[[[[",
    b"-1",
    b"1e999",
    b"9223372036854775808",
    b"null",
    b"\\ud800",
    b"%00",
    b"..",
    b".",
    b"=",
    b"2026-13-40T99:99:99Z",
    b"\xe2\x80\xae",
];

/// What stays as it is in a query, so that it is damaged there and not encoded.
const KEEP: &AsciiSet = &NON_ALPHANUMERIC.remove(b'=').remove(b'&').remove(b'%').remove(b'-').remove(b'.').remove(b'_');

/// Changes a few bytes: flips, deletes, repeats and inserts.
fn mutate(random: &mut Rng, text: &[u8]) -> Vec<u8> {
    let mut bytes = text.to_vec();
    for _ in 0..random.usize(1..4) {
        let at = random.usize(0..=bytes.len());
        match random.u8(0..4) {
            0 if at < bytes.len() => bytes[at] ^= 1 << random.u8(0..8),
            1 if at < bytes.len() => drop(bytes.drain(at..(at + random.usize(1..8)).min(bytes.len()))),
            2 => bytes.extend_from_within(at..),
            _ => drop(bytes.splice(at..at, random.choice(PIECES).unwrap().iter().copied())),
        }
    }
    bytes
}

/// An update that is accepted is within its ranges, so that it is accepted again as it is sent on.
fn check_update(random: &mut Rng, update: &[u8]) {
    let bytes = mutate(random, update);
    if let Ok(accepted) = ProgressUpdate::from_untrusted(&bytes) {
        assert!(accepted.progress <= 100 && accepted.total_videos > 0 && accepted.current_video <= accepted.total_videos, "{accepted:?}");
        assert_eq!(ProgressUpdate::from_untrusted(&serde_json::to_vec(&accepted).unwrap()).ok(), Some(accepted));
    }
}

/// Sends damaged requests until `is_done`.
async fn run(seed: u64, is_done: impl Fn(u32) -> bool) {
    let mut random = Rng::with_seed(seed);
    let site = Site::start().await;
    let response = site.browser().post("/api/auth/register", &json!({ "email": "ann@example.org", "password": PASSWORD })).await;
    let cookie = response.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let body: Value = response.json().await.unwrap();
    let token = body["access_token"].as_str().unwrap().to_owned();
    let program = site.program(&token);
    let list = program.list("Mine").await;
    let imported: Value = program.upload(list, "a.csv", "video000001").await.json().await.unwrap();
    let history = format!("/api/jobs/{}/progress-history", imported["job_id"].as_str().unwrap());
    let events: Value = program.get(&history).await.json().await.unwrap();
    let update = serde_json::to_vec(&events[0]).unwrap();
    ProgressUpdate::from_untrusted(&update).expect("the undamaged one is accepted");
    let stranger = site.program("");
    let mut round = 0;
    while !is_done(round) {
        round += 1;
        let case = format!("seed {seed}, round {round}");
        for _ in 0..20 {
            check_update(&mut random, &update);
        }
        for (header, value) in [("cookie", &cookie), ("authorization", &format!("Bearer {token}"))] {
            let bytes = mutate(&mut random, value.as_bytes());
            let Ok(damaged) = reqwest::header::HeaderValue::from_bytes(&bytes) else { continue };
            let status = stranger.bare_request(Method::GET, "/api/auth/me").header(header, damaged).send().await.unwrap().status().as_u16();
            // What is appended, or put before, may leave the cookie or token whole; then it is still hers.
            let secret = value.split(['=', ' ']).next_back().unwrap().as_bytes();
            let is_whole = bytes.windows(secret.len()).any(|part| part == secret);
            assert!(status == 401 || is_whole && matches!(status, 200 | 400), "{case}: {status} for {header}: {}", bytes.escape_ascii());
        }
        for query in ["since=2026-11-22T18:20:00.123456Z&limit=10", "after_seq=7&limit=1000"] {
            let damaged = mutate(&mut random, query.as_bytes());
            let response = program.get(&format!("{history}?{}", percent_encode(&damaged, KEEP))).await;
            assert!(matches!(response.status().as_u16(), 200 | 400 | 422), "{case}: {} for {}", response.status(), damaged.escape_ascii());
        }
        let damaged = mutate(&mut random, token.as_bytes());
        if damaged != token.as_bytes() {
            let path = format!("/api/ws/progress?token={}", percent_encode(&damaged, NON_ALPHANUMERIC));
            let status = stranger.bare_request(Method::GET, &path).send().await.unwrap().status().as_u16();
            assert!((400..500).contains(&status), "{case}: {status} for {path}");
        }
    }
}

#[tokio::test]
async fn damaged_updates_cookies_tokens_and_queries_are_refused() {
    run(7, |round| round >= 150).await;
}

#[tokio::test]
#[ignore = "takes as long as FUZZ_SECONDS says, 60 s without it"]
async fn damaged_input_is_refused_for_as_long_as_wanted() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let (start, seconds) = (Instant::now(), number("FUZZ_SECONDS").unwrap_or(60));
    let seed = number("FUZZ_SEED").unwrap_or_else(|| fastrand::u64(..));
    run(seed, |_| start.elapsed() >= Duration::from_secs(seconds)).await;
}
