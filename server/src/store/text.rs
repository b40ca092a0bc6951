//! Texts on their way into and out of columns.

use std::borrow::Cow;

use serde::{
    Deserialize,
    de::{DeserializeOwned, IntoDeserializer, value},
};

use super::{Result, StoreError};

/// Characters of a title that it is sorted by; an index entry has an upper limit.
const TITLE_KEY_CHARS: usize = 200;
/// Above every title: the last place in the order.
const NO_TITLE: &str = "\u{10FFFF}";

/// Without NUL, which PostgreSQL's texts cannot hold.
pub(super) fn strip_nul(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "")) } else { Cow::Borrowed(text) }
}

/// The same for a text that is there already.
pub(super) fn strip_nul_owned(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "") } else { text }
}

/// What a title is sorted by: lower case by Unicode's rules, so that both databases sort alike.
pub(super) fn title_key(title: Option<&str>) -> String {
    title.map_or_else(|| NO_TITLE.into(), |title| title.to_lowercase().chars().take(TITLE_KEY_CHARS).collect())
}

/// What a video is searched by.
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

/// A value of one of the wire's enumerations from its name in the database.
///
/// # Errors
/// [`StoreError::Internal`] where a newer version wrote a name that this one does not know.
pub(super) fn parse_name<T: DeserializeOwned>(name: &str) -> Result<T> {
    T::deserialize(IntoDeserializer::<value::Error>::into_deserializer(name)).map_err(|error| StoreError::Internal(Box::new(error)))
}

/// The same for a column that may be null.
pub(super) fn parse_optional_name<T: for<'de> Deserialize<'de>>(name: Option<&str>) -> Result<Option<T>> {
    name.map(parse_name).transpose()
}

/// A count column; constraints keep it between 0 and what was written from a `u32`.
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
    fn untitled_videos_come_last_and_wildcards_are_letters() {
        assert!(title_key(Some("ÄÖ 🦀")) < title_key(None));
        assert_eq!(title_key(Some("ÄB")), "äb");
        assert_eq!(like_pattern("100%_!"), "%100!%!_!!%");
        assert_eq!(search_text(None, Some("Kanal")), "kanal");
    }
}
