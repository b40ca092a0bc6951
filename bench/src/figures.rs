//! Percentiles, and the rows they are printed in.

use std::{fmt::Display, time::Duration};

/// One row of the table, as soon as it is known: what comes later may fail.
#[expect(clippy::print_stdout, reason = "the table is what the program is for")]
pub(crate) fn row(what: impl Display, figure: impl Display) {
    println!("| {what} | {figure} |");
}

/// Times, sorted.
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) fn new(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self(times)
    }

    pub(crate) const fn len(&self) -> usize {
        self.0.len()
    }

    /// The time that this share of all stays at or under; zero where there are none.
    pub(crate) fn at(&self, share: f64) -> Duration {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "an index into what is in memory")]
        let rank = (share * self.0.len() as f64).ceil() as usize;
        self.0.get(rank.saturating_sub(1)).copied().unwrap_or_default()
    }

    /// Median, 99th percentile and maximum, for a reader.
    pub(crate) fn summary(&self) -> String {
        format!("p50 {}, p99 {}, max {} ({} measured)", millis(self.at(0.5)), millis(self.at(0.99)), millis(self.at(1.0)), self.len())
    }
}

/// Milliseconds with as many digits as they are worth.
pub(crate) fn millis(time: Duration) -> String {
    let millis = time.as_secs_f64() * 1e3;
    if millis < 10.0 { format!("{millis:.2} ms") } else { format!("{millis:.0} ms") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_ranks() {
        let times = Times::new((1..=100).rev().map(Duration::from_millis).collect());
        assert_eq!([0.5, 0.99, 1.0].map(|share| times.at(share).as_millis()), [50, 99, 100]);
        assert_eq!(Times::new(Vec::new()).at(0.99), Duration::ZERO);
    }
}
