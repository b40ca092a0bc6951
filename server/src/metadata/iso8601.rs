//! Durations as the Data API writes them: `PT1H2M3S`, `P1DT2H`.

/// Seconds. `None` where the text is no such duration, or is zero, which is what a broadcast that has not ended says.
pub(super) fn seconds(text: &str) -> Option<u32> {
    let rest = text.strip_prefix('P')?;
    let (date, time) = rest.split_once('T').unwrap_or((rest, ""));
    let total = parts(date, &[('W', 604_800), ('D', 86_400)])?.checked_add(parts(time, &[('H', 3_600), ('M', 60), ('S', 1)])?)?;
    u32::try_from(total).ok().filter(|total| *total > 0)
}

/// Numbers with their units, in this order, each at most once.
fn parts(mut text: &str, units: &[(char, u64)]) -> Option<u64> {
    let mut total = 0u64;
    for (unit, seconds) in units {
        if let Some((number, rest)) = text.split_once(*unit) {
            total = total.checked_add(number.parse::<u32>().ok().map(u64::from)?.checked_mul(*seconds)?)?;
            text = rest;
        }
    }
    text.is_empty().then_some(total)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known() {
        let cases = [("PT4M13S", 253), ("PT1H2M3S", 3_723), ("PT45S", 45), ("P1DT2H", 93_600), ("P1W", 604_800), ("PT10H", 36_000)];
        for (text, expected) in cases {
            assert_eq!(seconds(text), Some(expected), "{text}");
        }
        for text in ["", "P0D", "PT0S", "PT", "P", "4M13S", "PT4X", "PT13S4M", "PT-4M", "PT99999999999S", "P999999999W"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn written_and_read(h in 0u32..100, m in 0u32..60, s in 1u32..60) {
            let text = format!("PT{h}H{m}M{s}S");
            prop_assert_eq!(seconds(&text), Some(h * 3600 + m * 60 + s));
        }

        #[test]
        fn no_text_panics(text in "P?[0-9WDTHMS.-]{0,20}") {
            seconds(&text);
        }
    }
}
