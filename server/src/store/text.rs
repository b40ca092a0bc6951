//! Conversions of texts from and to columns.

use std::{borrow::Cow, ops::RangeInclusive};

use serde::{
    Deserialize,
    de::{DeserializeOwned, IntoDeserializer, value},
};
use unicode_normalization::UnicodeNormalization;

use super::{Result, StoreError};

/// Number of characters of a title's sort key, because index entries have a maximum size.
const TITLE_KEY_CHARS: usize = 200;
/// After every title in the order.
const NO_TITLE: &str = "\u{10FFFF}";

/// The Unicode block of accents. Marks of other blocks are vowels and the like.
const COMBINING_DIACRITICAL_MARKS: RangeInclusive<char> = '\u{300}'..='\u{36F}';

/// Removes NUL, which PostgreSQL does not accept in texts.
pub(super) fn strip_nul(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "")) } else { Cow::Borrowed(text) }
}

/// The same for an owned text.
pub(super) fn strip_nul_owned(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "") } else { text }
}

/// A title's sort key: in lower case by Unicode's rules, so that both databases sort alike.
pub(super) fn title_key(title: Option<&str>) -> String {
    title.map_or_else(|| NO_TITLE.into(), |title| title.to_lowercase().chars().take(TITLE_KEY_CHARS).collect())
}

/// The text that a search for videos looks at.
pub(super) fn search_text(title: Option<&str>, channel: Option<&str>) -> String {
    format!("{} {}", title.unwrap_or_default(), channel.unwrap_or_default()).trim().to_lowercase()
}

/// A pattern for `LIKE … ESCAPE '!'` that finds `text` anywhere, in lower case.
pub(super) fn like_pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in strip_nul(text).to_lowercase().chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// Folds case and accents, so that "ÄRGER", "ärger" and "Arger" are alike.
pub(super) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.nfkd().filter(|c| !COMBINING_DIACRITICAL_MARKS.contains(c)).flat_map(char::to_lowercase).collect()
}

/// Parses an enum of the wire types from its name in the database.
///
/// # Errors
/// [`StoreError::Internal`] if a newer version wrote a name that this one does not know.
pub(super) fn parse_name<T: DeserializeOwned>(name: &str) -> Result<T> {
    T::deserialize(IntoDeserializer::<value::Error>::into_deserializer(name)).map_err(|error| StoreError::Internal(Box::new(error)))
}

/// The same for a nullable column.
pub(super) fn parse_optional_name<T: for<'de> Deserialize<'de>>(name: Option<&str>) -> Result<Option<T>> {
    name.map(parse_name).transpose()
}

/// Reads a count. Constraints keep it between 0 and a `u32`.
pub(super) fn count(number: i64) -> u32 {
    u32::try_from(number).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use app::wire::{Verdict, VideoStatus};

    use super::*;

    #[test]
    fn names_are_those_of_the_wire() {
        for status in VideoStatus::ALL {
            assert_eq!(parse_name::<VideoStatus>(status.as_str()).unwrap(), status);
        }
        assert!(matches!(parse_name::<Verdict>("new"), Err(StoreError::Internal(_))));
    }

    #[test]
    fn folding_ignores_case_and_accents() {
        for text in ["ÄRGER", "ärger", "Arger", "A\u{308}rger", "ＡＲＧＥＲ"] {
            assert_eq!(fold(text), "arger");
        }
        assert_eq!(fold("İstanbul Ñandú"), "istanbul nandu");
        assert_ne!(fold("कि"), fold("का"), "vowels are no accents");
    }

    #[test]
    fn untitled_videos_come_last_and_wildcards_are_letters() {
        assert!(title_key(Some("ÄÖ 🦀")) < title_key(None));
        assert_eq!(title_key(Some("ÄB")), "äb");
        assert_eq!(like_pattern("100%_!"), "%100!%!_!!%");
        assert_eq!(search_text(None, Some("Kanal")), "kanal");
    }
}
