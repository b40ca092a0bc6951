//! Makes new inputs from old ones.

use fastrand::Rng;

use super::corpus::takeout;

const MAX_INPUT_BYTES: usize = 64 * 1024;
const MAX_CHANGES: u64 = 6;
/// Pieces that files are made of.
const WORDS: [&str; 52] = [
    "\n",
    "\r\n",
    "\r",
    ",",
    ";",
    "\t",
    "\"",
    "\"\"",
    "'",
    " ",
    "\u{feff}",
    "\0",
    "é",
    "笢",
    "🦀",
    "\u{202e}",
    "video_id",
    "url",
    "title",
    "Video ID,Playlist Video Creation Timestamp\n",
    "Playlist Id,Channel Id,Time Created,Time Updated,Title,Description,Visibility\nPL1,UC1,,,T,,Private\n\n",
    "sep=;\n",
    "Playlist ID,Add new videos to top,Playlist Title (Original),Playlist Visibility\nPL1,False,List 1,Private\n",
    "8pDPkXZAtUt",
    "https://youtu.be/8g3rkZs5OuQ",
    "https://example.com/",
    "2026-02-25T19:35:57+00:00",
    "{",
    "}",
    "[",
    "]",
    "\"videos\":[",
    "\"playlistName\":\"x\",",
    "{\"videoId\":\"8pDPkXZAtUt\"}",
    "\\ud83e\\udd80",
    "<DL><p>",
    "</DL>",
    "<DT><H3>Folder</H3>",
    "<DT><A HREF=\"https://youtu.be/8pDPkXZAtUt\">x</A>",
    "<!--",
    "\"items\":[",
    "\"name\":\"x\",",
    "{\"id\":\"8g3rkZs5OuQ\",\"title\":\"x\"},",
    "{\"url\":\"https://youtu.be/8pDPkXZAtUt\"},",
    "\"_id\":\"x\",",
    "{\"$$deleted\":true,\"_id\":\"x\"}\n",
    "<string>https://youtu.be/8pDPkXZAtUt</string>",
    "<![CDATA[x]]>",
    "#EXTINF:1,Title\n",
    "youtube 8g3rkZs5OuQ\n",
    "8pDPkXZAtUt A title\n",
    "https://www.youtube.com/redirect?q=https%3A%2F%2Fyoutu.be%2F8pDPkXZAtUt",
];

fn pick<'a, T>(random: &mut Rng, items: &'a [T]) -> &'a T {
    random.choice(items).unwrap()
}

/// A mutation of one input of the corpus, sometimes crossed with others.
pub(crate) fn next_input(random: &mut Rng, corpus: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = pick(random, corpus).clone();
    for _ in 0..=random.u64(..MAX_CHANGES) {
        mutate(random, &mut bytes, corpus);
        bytes.truncate(MAX_INPUT_BYTES);
    }
    match random.u64(..8) {
        0 => to_utf16(&bytes, random.bool()),
        1 => takeout(&[bytes, pick(random, corpus).clone(), pick(random, corpus).clone()]),
        _ => bytes,
    }
}

fn mutate(random: &mut Rng, bytes: &mut Vec<u8>, corpus: &[Vec<u8>]) {
    let at = random.usize(..=bytes.len());
    let to = (at + random.usize(..64)).min(bytes.len());
    match random.u64(..9) {
        0 if at < bytes.len() => bytes[at] = random.u8(..),
        1 if at < bytes.len() => bytes[at] ^= 1 << random.u64(..8),
        2 => drop(bytes.drain(at..to)),
        3 => bytes.truncate(at),
        4 => {
            let piece = bytes[at..to].repeat(1 + random.usize(..20));
            bytes.splice(at..at, piece);
        }
        5 => {
            let other = pick(random, corpus);
            let from = random.usize(..=other.len());
            let piece = other[from..(from + random.usize(..400)).min(other.len())].to_vec();
            bytes.splice(at..to, piece);
        }
        6 => {
            let word = pick(random, &WORDS).repeat(1 + random.usize(..3) * random.usize(..200));
            bytes.splice(at..at, word.into_bytes());
        }
        _ => {
            let word = *pick(random, &WORDS);
            bytes.splice(at..at, word.bytes());
        }
    }
}

fn to_utf16(bytes: &[u8], little: bool) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    let units = std::iter::once(0xfeff).chain(text.encode_utf16());
    units.flat_map(|unit: u16| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
}
