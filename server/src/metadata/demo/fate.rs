//! What becomes of an id in the demo: a pure function of it, the same for ever, on every machine.
//!
//! The hash is FNV-1a (64 bits) over [`SALT`], the lane and the id, finished with SplitMix64's mixer. Lanes keep the questions
//! independent of each other. Of a thousand ids about 40 are private and 30 deleted, and 8 of the others have embedding disabled;
//! independently of that 20 are answered with a 429 first, and 30 take long.

use std::time::Duration;

use app::wire::VideoReason;

use super::words;
use crate::job::Metadata;

/// Fixed for ever: with it all ids of `simple.csv` among the sample files succeed, and `takeout-now.csv` has a private and a deleted one.
const SALT: u8 = 191;

const PRIVATE_PERMILLE: u64 = 40;
const DELETED_PERMILLE: u64 = 30;
const UNEMBEDDABLE_PERMILLE: u64 = 8;
const THROTTLED_PERMILLE: u64 = 20;
const SLOW_PERMILLE: u64 = 30;
/// A usual answer takes between these, in milliseconds, at speed 1: with eight calls at once about eight videos a second.
const USUAL_MILLIS: std::ops::Range<u64> = 500..1_400;
const SLOW_MILLIS: u64 = 3_000;
/// However low the speed is, an answer comes before the client's time-out.
const LONGEST: Duration = Duration::from_secs(12);

/// The lanes; a new question takes a new number.
#[derive(Clone, Copy)]
pub(super) enum Lane {
    Fate = 0,
    Throttle = 1,
    Pace = 2,
    Duration = 3,
    Title = 4,
    Embedding = 5,
}

/// What becomes of an id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// A video. Its duration is told by the `api` end point alone.
    Ok {
        /// Invented.
        title: String,
        /// Invented.
        channel: String,
        /// From 20 seconds to two hours.
        duration_seconds: u32,
        /// Where it is not, the oEmbed end point says 401 and no title.
        is_embeddable: bool,
    },
    /// 403, or absent.
    Private,
    /// 404, or absent.
    Deleted,
}

impl Fate {
    /// What a source that tells everything brings for it, where that is a video.
    pub fn metadata(self) -> Option<Metadata> {
        match self {
            Self::Ok { title, channel, duration_seconds, is_embeddable } => Some(Metadata {
                title: Some(title),
                channel: Some(channel),
                duration_seconds: Some(duration_seconds),
                reason: (!is_embeddable).then_some(VideoReason::EmbeddingDisabled),
            }),
            Self::Private | Self::Deleted => None,
        }
    }
}

/// What becomes of this id.
pub fn fate(id: &str) -> Fate {
    let roll = hash(Lane::Fate, id) % 1_000;
    if roll < PRIVATE_PERMILLE {
        return Fate::Private;
    }
    if roll < PRIVATE_PERMILLE + DELETED_PERMILLE {
        return Fate::Deleted;
    }
    let (title, channel) = words::title_and_channel(hash(Lane::Title, id));
    let is_embeddable = hash(Lane::Embedding, id) % 1_000 >= UNEMBEDDABLE_PERMILLE;
    Fate::Ok { title, channel, duration_seconds: duration(hash(Lane::Duration, id)), is_embeddable }
}

/// Whether each look-up of this id is answered with one 429 first.
pub(super) fn is_throttled(id: &str) -> bool {
    hash(Lane::Throttle, id) % 1_000 < THROTTLED_PERMILLE
}

/// How long the answer for this id takes.
pub(super) fn pace(id: &str, speed: f64) -> Duration {
    let hash = hash(Lane::Pace, id);
    let is_slow = hash % 1_000 < SLOW_PERMILLE;
    let millis = if is_slow { SLOW_MILLIS } else { USUAL_MILLIS.start + (hash >> 32) % (USUAL_MILLIS.end - USUAL_MILLIS.start) };
    scaled(Duration::from_millis(millis), speed)
}

/// A time at speed 1, at this speed.
pub(super) fn scaled(time: Duration, speed: f64) -> Duration {
    Duration::try_from_secs_f64(time.as_secs_f64() / speed).unwrap_or(LONGEST).min(LONGEST)
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

fn hash(lane: Lane, id: &str) -> u64 {
    let bytes = [SALT, lane as u8].into_iter().chain(id.bytes());
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
    fn the_samples_are_as_promised() {
        let simple = ids(include_str!("../../../tests/samples/simple.csv"));
        assert_eq!(simple.len(), 10);
        assert!(simple.iter().all(|id| matches!(fate(id), Fate::Ok { is_embeddable: true, .. })));
        let takeout = ids(include_str!("../../../tests/samples/takeout-now.csv"));
        let failing: Vec<_> = takeout.iter().filter_map(|id| Some((*id, fate(id))).filter(|(_, fate)| !matches!(fate, Fate::Ok { .. }))).collect();
        assert_eq!(failing, [("X9W_LQZI5r3", Fate::Private), ("2_RjbevBi2n", Fate::Deleted)]);
    }

    #[test]
    fn fates_are_fixed_and_in_proportion() {
        // A change of this line is a change for everybody's demo and every test that looks for ids.
        assert_eq!(hash(Lane::Fate, "8pDPkXZAtUt") % 1_000, 281);
        let large = ids(include_str!("../../../tests/samples/large-2000.csv"));
        let count = |wanted: &Fate| large.iter().filter(|id| fate(id) == *wanted).count();
        assert_eq!((large.len(), count(&Fate::Private), count(&Fate::Deleted)), (2_000, 85, 59));
        assert_eq!(large.iter().filter(|id| matches!(fate(id), Fate::Ok { is_embeddable: false, .. })).count(), 18);
        assert_eq!(large.iter().filter(|id| is_throttled(id)).count(), 35);
    }

    #[test]
    fn a_bar_can_be_watched() {
        let large = ids(include_str!("../../../tests/samples/large-2000.csv"));
        let mean = |speed| large.iter().map(|id| pace(id, speed)).sum::<Duration>().as_secs_f64() / large.len() as f64;
        assert!((0.9..1.1).contains(&mean(1.0)), "{}", mean(1.0));
        assert!((0.009..0.011).contains(&mean(100.0)));
        assert!(large.iter().all(|id| pace(id, 0.001) == LONGEST && pace(id, 1e300).is_zero()));
    }

    #[test]
    fn titles_look_like_titles() {
        let Fate::Ok { title, channel, duration_seconds, .. } = fate("8pDPkXZAtUt") else { panic!("it succeeds") };
        assert!(title.split(' ').count() >= 3 && !channel.is_empty() && (20..7_200).contains(&duration_seconds), "{title} {channel}");
    }
}
