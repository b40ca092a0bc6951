//! Titles and channels that nobody has to explain on a screenshot. The lists are fixed with the hash: a changed one changes titles.

const TOPICS: [&str; 16] = [
    "sourdough bread",
    "a cedar canoe",
    "mechanical watches",
    "alpine climbing",
    "film photography",
    "a walnut table",
    "raised-bed gardening",
    "tidal pools",
    "night trains",
    "the violin",
    "mountain huts",
    "wild bees",
    "hand-drawn maps",
    "espresso",
    "old lighthouses",
    "paper marbling",
];
const PLACES: [&str; 12] = [
    "the Dolomites",
    "Lisbon",
    "northern Norway",
    "Kyoto",
    "the Hebrides",
    "Oaxaca",
    "Patagonia",
    "Istanbul",
    "the Black Forest",
    "Hokkaido",
    "Tasmania",
    "Prague",
];
const FIRST_NAMES: [&str; 12] = ["Maren", "Theo", "Ines", "Jonas", "Amara", "Luis", "Freya", "Kenji", "Nadia", "Oskar", "Priya", "Elif"];
const CHANNEL_SUFFIXES: [&str; 8] = ["Workshop", "Outdoors", "Kitchen", "Field Notes", "Studio", "Explains", "on Foot", "Archive"];

pub(super) fn title_and_channel(hash: u64) -> (String, String) {
    let pick = |list: &[&'static str], shift: u32| list[(hash >> shift) as usize % list.len()];
    let (topic, place) = (pick(&TOPICS, 8), pick(&PLACES, 16));
    let number = 2 + (hash >> 24) % 18;
    let title = match hash % 9 {
        0 => format!("How I learned to love {topic}"),
        1 => format!("{} in {place}", capitalized(topic)),
        2 => format!("{number} mistakes everybody makes with {topic}"),
        3 => format!("A quiet week in {place}"),
        4 => format!("{}, explained in {number} minutes", capitalized(topic)),
        5 => format!("Walking through {place} – part {number}"),
        6 => format!("The forgotten history of {topic}"),
        7 => format!("{} from start to finish", capitalized(topic)),
        _ => format!("What {place} taught me about {topic}"),
    };
    (title, format!("{} {}", pick(&FIRST_NAMES, 32), pick(&CHANNEL_SUFFIXES, 40)))
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
