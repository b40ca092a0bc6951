//! Latency percentiles, and the table rows in which results are printed.

use std::{fmt::Display, time::Duration};

/// Prints a row at once, so that it is not lost if a later measurement fails.
#[expect(clippy::print_stdout, reason = "the table is the program's output")]
pub(crate) fn print_row(name: impl Display, figure: impl Display) {
    println!("| {name} | {figure} |");
}

/// Sorted.
pub(crate) struct Latencies(Vec<Duration>);

impl Latencies {
    pub(crate) fn new(mut latencies: Vec<Duration>) -> Self {
        latencies.sort_unstable();
        Self(latencies)
    }

    pub(crate) const fn len(&self) -> usize {
        self.0.len()
    }

    /// Nearest-rank percentile for a fraction of 0 to 1; zero if there are no latencies.
    pub(crate) fn percentile(&self, fraction: f64) -> Duration {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "an index into a vector")]
        let rank = (fraction * self.0.len() as f64).ceil() as usize;
        self.0.get(rank.saturating_sub(1)).copied().unwrap_or_default()
    }

    pub(crate) fn summary(&self) -> String {
        format!(
            "p50 {}, p99 {}, max {} ({} measured)",
            format_millis(self.percentile(0.5)),
            format_millis(self.percentile(0.99)),
            format_millis(self.percentile(1.0)),
            self.len()
        )
    }
}

/// Two decimals below 10 ms, none from there on.
pub(crate) fn format_millis(duration: Duration) -> String {
    let millis = duration.as_secs_f64() * 1e3;
    if millis < 10.0 { format!("{millis:.2} ms") } else { format!("{millis:.0} ms") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentile_is_the_value_at_its_rank() {
        let latencies = Latencies::new((1..=100).rev().map(Duration::from_millis).collect());
        assert_eq!([0.5, 0.99, 1.0].map(|fraction| latencies.percentile(fraction).as_millis()), [50, 99, 100]);
        assert_eq!(Latencies::new(Vec::new()).percentile(0.99), Duration::ZERO);
    }
}
