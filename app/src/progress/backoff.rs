//! Exponential backoff with jitter: 3, 6, 12, 24 seconds, then 30 for as long as it takes.

const INITIAL_DELAY_MS: u32 = 3_000;
pub(super) const MAX_DELAY_MS: u32 = 30_000;
/// Each delay is shortened by up to this fraction, so that clients do not return to a restarted server all at once.
const JITTER: f64 = 0.25;

/// Counts failures in a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The delay before the next attempt, in milliseconds; `random` is from 0 to 1.
    pub fn pause(&mut self, random: f64) -> u32 {
        let full = INITIAL_DELAY_MS.checked_shl(self.failures).map_or(MAX_DELAY_MS, |ms| ms.min(MAX_DELAY_MS));
        // 2^4 · 3 s exceeds the maximum: the count need not grow further.
        self.failures = (self.failures + 1).min(4);
        let cut = f64::from(full) * JITTER * random.clamp(0.0, 1.0);
        full - cut as u32
    }

    /// An attempt succeeded.
    pub fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pauses(random: f64) -> Vec<u32> {
        let mut backoff = Backoff::default();
        (0..8).map(|_| backoff.pause(random)).collect()
    }

    #[test]
    fn delay_doubles_up_to_thirty_seconds() {
        assert_eq!(pauses(0.0), [3_000, 6_000, 12_000, 24_000, 30_000, 30_000, 30_000, 30_000]);
        assert_eq!(pauses(1.0), [2_250, 4_500, 9_000, 18_000, 22_500, 22_500, 22_500, 22_500]);
    }

    #[test]
    fn reset_starts_again_with_the_first_delay() {
        let mut backoff = Backoff::default();
        for _ in 0..100 {
            backoff.pause(0.5);
        }
        backoff.reset();
        assert_eq!(backoff.pause(0.0), 3_000);
    }

    proptest! {
        #[test]
        fn jitter_shortens_a_delay_by_a_quarter_at_most(random in any::<f64>(), tries in 0usize..50) {
            let mut backoff = Backoff::default();
            let mut full = Backoff::default();
            for _ in 0..tries {
                let (cut, whole) = (backoff.pause(random), full.pause(0.0));
                prop_assert!(cut <= whole && cut * 4 >= whole * 3, "{} of {}", cut, whole);
            }
        }
    }
}
