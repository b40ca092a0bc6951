//! Makes new inputs from old ones.

use super::corpus::zip;

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

/// xorshift64*: the same numbers for the same seed, on every machine.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `end`, which is above 0.
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % end
    }

    fn index(&mut self, end: usize) -> usize {
        self.below(end as u64) as usize
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.index(items.len())]
    }
}

/// A mutation of one input of the corpus, sometimes crossed with others.
pub(crate) fn next_input(random: &mut Random, corpus: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = random.pick(corpus).clone();
    for _ in 0..=random.below(MAX_CHANGES) {
        mutate(random, &mut bytes, corpus);
        bytes.truncate(MAX_INPUT_BYTES);
    }
    match random.below(8) {
        0 => to_utf16(&bytes, random.below(2) == 0),
        1 => zip(&[bytes, random.pick(corpus).clone(), random.pick(corpus).clone()]),
        _ => bytes,
    }
}

fn mutate(random: &mut Random, bytes: &mut Vec<u8>, corpus: &[Vec<u8>]) {
    let at = random.index(bytes.len() + 1);
    let to = (at + random.index(64)).min(bytes.len());
    match random.below(9) {
        0 if at < bytes.len() => bytes[at] = random.below(256) as u8,
        1 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
        2 => drop(bytes.drain(at..to)),
        3 => bytes.truncate(at),
        4 => {
            let piece = bytes[at..to].repeat(1 + random.index(20));
            bytes.splice(at..at, piece);
        }
        5 => {
            let other = random.pick(corpus);
            let from = random.index(other.len() + 1);
            let piece = other[from..(from + random.index(400)).min(other.len())].to_vec();
            bytes.splice(at..to, piece);
        }
        6 => {
            let word = random.pick(&WORDS).repeat(1 + random.index(3) * random.index(200));
            bytes.splice(at..at, word.into_bytes());
        }
        _ => {
            let word = *random.pick(&WORDS);
            bytes.splice(at..at, word.bytes());
        }
    }
}

fn to_utf16(bytes: &[u8], little: bool) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    let units = std::iter::once(0xfeff).chain(text.encode_utf16());
    units.flat_map(|unit: u16| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
}
