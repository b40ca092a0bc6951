//! How a text is written, told from its beginning.

use super::{
    super::{link, text::Line},
    tokens::{self, archive_pair},
};
use crate::text::trim_invisible;

/// What may be expected of its lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TextShape {
    /// Most lines begin with an id.
    pub(super) id_first: bool,
    /// Most lines end with one.
    pub(super) id_last: bool,
    /// Most lines have one somewhere.
    pub(super) id_within: bool,
    /// An archive of yt-dlp: `youtube ID`.
    pub(super) archive: bool,
    /// A playlist of a player: `#EXTINF:100,Title` above each address.
    pub(super) m3u: bool,
    /// Lines `key=value`: a shortcut of Windows or of a desktop, or a playlist in PLS; a list in YAML or TOML.
    pub(super) ini: bool,
    /// A chat, whose words are no titles.
    pub(super) chat: bool,
    /// A playlist that Grayjay shares: `@/Playlist`, then `Name:::id`.
    pub(super) grayjay: bool,
    /// Most links have a line with their title above them.
    pub(super) titles_above: bool,
}

impl TextShape {
    pub(crate) fn detect(head: &[Line]) -> Self {
        let lines: Vec<&str> =
            head.iter().filter(|line| !line.continued).map(|line| trim_invisible(&line.text)).filter(|text| !text.is_empty()).collect();
        let count = |is: &dyn Fn(&str) -> bool| lines.iter().filter(|text| is(text)).count();
        let most = |found: usize| 2 * found > lines.len();
        // A word of eleven letters may begin a sentence, so some of them must be no word.
        let ids = |find: fn(&str) -> Option<(&str, &str)>| {
            most(count(&|text| find(text).is_some())) && count(&|text| find(text).is_some_and(|(id, _)| !link::is_plain_word(id))) > 0
        };
        let is_bare_link = |text: &str| !text.contains(',') && matches!(link::parse(tokens::strip_wrapping(text)), link::ParsedVideo::Link(_));
        let is_words = |text: &str| !text.contains("://") && !text.starts_with('#') && tokens::leading_id(text).is_none() && !link::is_id(text);
        let titled = lines.windows(2).filter(|pair| is_words(pair[0]) && is_bare_link(pair[1])).count();
        let addresses = count(&|text| matches!(ini_key(text), Some((IniKey::Address, _))));
        let first = lines.first().copied().unwrap_or_default();
        Self {
            id_first: ids(tokens::leading_id),
            id_last: ids(tokens::trailing_id),
            id_within: ids(tokens::inner_id),
            archive: count(&|text| archive_pair(text).is_some_and(|(site, id)| site == "youtube" && link::is_id(id))) > 0
                && most(count(&|text| archive_pair(text).is_some())),
            m3u: first.starts_with("#EXTM3U") || count(&|text| text.starts_with("#EXTINF:")) > 0,
            ini: addresses > 0
                && ((first.starts_with('[') && first.ends_with(']')) || (!lines.is_empty() && lines.iter().all(|text| is_keyed(text)))),
            chat: count(&tokens::is_message) >= 2,
            grayjay: first == "@/Playlist",
            titles_above: (titled >= 2 || (titled == 1 && lines.len() == 2)) && 2 * titled >= count(&is_bare_link),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum IniKey {
    Address,
    Title,
}

/// `URL=…`, `File1=…`; `Title1=…`, `Name=…`; in YAML and TOML also `- id: …`, `video_id = "…"`.
pub(super) fn ini_key(text: &str) -> Option<(IniKey, &str)> {
    let text = text.trim_start_matches(['-', ' ', '{', ',']);
    let (key, value) = text.split_at(text.find('=').unwrap_or(text.len()).min(text.find(": ").unwrap_or(text.len())));
    let value = value.get(1..)?.trim().trim_end_matches(['}', ',', ' ']);
    let value = value.trim_matches('"').trim_matches('\'');
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let key = key.trim().trim_matches(['"', '\'']);
    if !key.chars().all(is_name) {
        return None;
    }
    match key.trim_end_matches(|c: char| c.is_ascii_digit()).to_ascii_lowercase().replace(['_', '-'], "").as_str() {
        "url" | "file" => Some((IniKey::Address, value)),
        "link" | "href" | "uri" | "id" | "video" | "videoid" | "videourl" | "youtube" | "youtubeid" | "ytid" | "yt" => {
            matches!(link::parse(value), link::ParsedVideo::Id(_) | link::ParsedVideo::Link(_)).then_some((IniKey::Address, value))
        }
        "title" | "name" => Some((IniKey::Title, value)),
        _ => None,
    }
}

/// Whether a line could be one of YAML or TOML: a name with a value or without one, or the beginning of a record.
fn is_keyed(text: &str) -> bool {
    let name = text.trim_start_matches(['-', ' ', '{']).split([':', '=']).next().unwrap_or_default().trim().trim_matches(['"', '\'']);
    let has_name = name.len() < text.len() && !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
    has_name || text.starts_with('[') || text.starts_with('#') || text == "-" || text == "---"
}
