//! The video behind an id in the demo: a pure function of the id, the same for ever, on every machine.
//!
//! The hash is FNV-1a (64 bits) over [`SALT`], the domain and the id, finished with SplitMix64's mixer. Domains make its uses independent
//! of each other. Of a thousand ids about 40 are private and 30 deleted, and 8 of the others have embedding disabled;
//! independently of that 20 are answered with a 429 first, and 30 take long.

use std::time::Duration;

use super::{scenario::Scenario, titles};

/// Fixed for ever: with it all ids of `simple.csv` among the sample files succeed, and `takeout-now.csv` has a private and a deleted one.
const SALT: u8 = 191;

const PRIVATE_PERMILLE: u64 = 40;
const DELETED_PERMILLE: u64 = 30;
const UNEMBEDDABLE_PERMILLE: u64 = 8;
const THROTTLED_PERMILLE: u64 = 20;
const SLOW_PERMILLE: u64 = 30;
/// At speed 1: with eight calls at once about eight videos a second.
const TYPICAL_LATENCY_MS: std::ops::Range<u64> = 500..1_400;
const SLOW_LATENCY_MS: u64 = 3_000;
/// Less than the client's time limits, also that for a batch, however low the speed.
const MAX_LATENCY: Duration = Duration::from_secs(5);

/// A new use takes a new number.
#[derive(Clone, Copy)]
pub(super) enum HashDomain {
    Availability = 0,
    Throttle = 1,
    Latency = 2,
    Duration = 3,
    Title = 4,
    Embedding = 5,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::metadata) enum EmulatedVideo {
    /// Its duration is told by the `api` endpoint alone.
    Public {
        title: String,
        channel: String,
        /// From 20 seconds to two hours.
        duration_seconds: u32,
        /// If not, the oEmbed endpoint answers 401, without a title.
        is_embeddable: bool,
    },
    /// oEmbed answers 403; absent from `videos.list`.
    Private,
    /// oEmbed answers 404; absent from `videos.list`.
    Deleted,
}

/// The video behind an id.
pub(in crate::metadata) fn emulated_video(id: &str) -> EmulatedVideo {
    match Scenario::for_id(id) {
        Some(Scenario::Private | Scenario::PrivateInBody) => return EmulatedVideo::Private,
        Some(Scenario::Deleted) => return EmulatedVideo::Deleted,
        _ => {}
    }
    let roll = hash(HashDomain::Availability, id) % 1_000;
    let roll = if Scenario::for_id(id).is_some() { 1_000 } else { roll };
    if roll < PRIVATE_PERMILLE {
        return EmulatedVideo::Private;
    }
    if roll < PRIVATE_PERMILLE + DELETED_PERMILLE {
        return EmulatedVideo::Deleted;
    }
    let (title, channel) = titles::title_and_channel(hash(HashDomain::Title, id));
    let is_embeddable = Scenario::for_id(id).is_none() && hash(HashDomain::Embedding, id) % 1_000 >= UNEMBEDDABLE_PERMILLE;
    EmulatedVideo::Public { title, channel, duration_seconds: duration(hash(HashDomain::Duration, id)), is_embeddable }
}

/// Whether each look-up of this id gets a 429 first.
pub(super) fn is_throttled(id: &str) -> bool {
    hash(HashDomain::Throttle, id) % 1_000 < THROTTLED_PERMILLE
}

/// How long the oEmbed endpoint takes for this id.
pub(super) fn latency(id: &str, speed: f64) -> Duration {
    let hash = hash(HashDomain::Latency, id);
    let is_slow = hash % 1_000 < SLOW_PERMILLE;
    let millis =
        if is_slow { SLOW_LATENCY_MS } else { TYPICAL_LATENCY_MS.start + (hash >> 32) % (TYPICAL_LATENCY_MS.end - TYPICAL_LATENCY_MS.start) };
    at_speed(Duration::from_millis(millis), speed)
}

/// Scales a time at speed 1.
pub(super) fn at_speed(time: Duration, speed: f64) -> Duration {
    Duration::try_from_secs_f64(time.as_secs_f64() / speed).unwrap_or(MAX_LATENCY).min(MAX_LATENCY)
}

/// Mostly minutes, now and then a lecture.
fn duration(hash: u64) -> u32 {
    let within = |from: u64, to: u64| (from + (hash >> 8) % (to - from)) as u32;
    match hash % 10 {
        0 | 1 => within(20, 60),
        2..=7 => within(90, 1_200),
        8 => within(1_200, 3_600),
        _ => within(3_600, 7_200),
    }
}

fn hash(domain: HashDomain, id: &str) -> u64 {
    let bytes = [SALT, domain as u8].into_iter().chain(id.bytes());
    let mut hash = bytes.fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(sample: &str) -> Vec<&str> {
        sample.lines().skip(1).map(|line| line.split(',').next().unwrap()).filter(|id| id.len() == 11).collect()
    }

    #[test]
    fn samples_contain_what_other_tests_expect() {
        let simple = ids(include_str!("../../../tests/samples/simple.csv"));
        assert_eq!(simple.len(), 10);
        assert!(simple.iter().all(|id| matches!(emulated_video(id), EmulatedVideo::Public { is_embeddable: true, .. })));
        let takeout = ids(include_str!("../../../tests/samples/takeout-now.csv"));
        let failing: Vec<_> = takeout
            .iter()
            .filter_map(|id| Some((*id, emulated_video(id))).filter(|(_, video)| !matches!(video, EmulatedVideo::Public { .. })))
            .collect();
        assert_eq!(failing, [("X9W_LQZI5r3", EmulatedVideo::Private), ("2_RjbevBi2n", EmulatedVideo::Deleted)]);
    }

    #[test]
    fn emulated_videos_are_fixed_and_in_proportion() {
        // A change of this line is a change for everybody's demo and every test that looks for ids.
        assert_eq!(hash(HashDomain::Availability, "8pDPkXZAtUt") % 1_000, 281);
        let large = ids(include_str!("../../../tests/samples/large-2000.csv"));
        let count = |wanted: &EmulatedVideo| large.iter().filter(|id| emulated_video(id) == *wanted).count();
        assert_eq!((large.len(), count(&EmulatedVideo::Private), count(&EmulatedVideo::Deleted)), (2_000, 85, 59));
        assert_eq!(large.iter().filter(|id| matches!(emulated_video(id), EmulatedVideo::Public { is_embeddable: false, .. })).count(), 18);
        assert_eq!(large.iter().filter(|id| is_throttled(id)).count(), 35);
    }

    #[test]
    fn known_video_is_public_and_answered_at_once() {
        let id = crate::metadata::probe::KNOWN_VIDEO_ID;
        assert!(matches!(emulated_video(id), EmulatedVideo::Public { is_embeddable: true, .. }) && !is_throttled(id));
    }

    #[test]
    fn latency_lets_a_progress_bar_be_watched() {
        let large = ids(include_str!("../../../tests/samples/large-2000.csv"));
        let mean = |speed| large.iter().map(|id| latency(id, speed)).sum::<Duration>().as_secs_f64() / large.len() as f64;
        assert!((0.9..1.1).contains(&mean(1.0)), "{}", mean(1.0));
        assert!((0.009..0.011).contains(&mean(100.0)));
        assert!(large.iter().all(|id| latency(id, 0.001) == MAX_LATENCY && latency(id, 1e300).is_zero()));
    }

    #[test]
    fn title_has_several_words() {
        let EmulatedVideo::Public { title, channel, duration_seconds, .. } = emulated_video("8pDPkXZAtUt") else { panic!("it succeeds") };
        assert!(title.split(' ').count() >= 3 && !channel.is_empty() && (20..7_200).contains(&duration_seconds), "{title} {channel}");
    }
}
