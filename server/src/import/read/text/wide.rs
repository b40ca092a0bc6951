//! Text of two or four bytes per letter.

use std::io::{self, BufRead, Read};

use encoding_rs::{CoderResult, Decoder, UTF_16BE, UTF_16LE};

/// The decoder needs room for a character.
const MIN_ROOM: usize = 8;
/// Bytes by which text without a byte-order mark is told, and how few say nothing.
const SAMPLE_BYTES: usize = 256;
const MIN_SAMPLE_BYTES: usize = 16;

/// Told by a byte-order mark, or without one by the places of zeros: most letters of a list of videos are ASCII.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WideEncoding {
    Utf16Le,
    Utf16Be,
    Utf32Le,
    Utf32Be,
}

impl WideEncoding {
    pub(crate) fn detect(head: &[u8]) -> Option<Self> {
        match head {
            [0xff, 0xfe, 0, 0, ..] => return Some(Self::Utf32Le),
            [0, 0, 0xfe, 0xff, ..] => return Some(Self::Utf32Be),
            [0xff, 0xfe, ..] => return Some(Self::Utf16Le),
            [0xfe, 0xff, ..] => return Some(Self::Utf16Be),
            _ => {}
        }
        let sample = &head[..head.len().min(SAMPLE_BYTES)];
        if sample.len() < MIN_SAMPLE_BYTES {
            return None;
        }
        // Per cent of zeros at each place of four.
        let zeros = |at: usize| {
            let bytes = || sample.iter().skip(at).step_by(4);
            100 * bytes().filter(|b| **b == 0).count() / bytes().count().max(1)
        };
        match (zeros(0), zeros(1), zeros(2), zeros(3)) {
            (0, 60.., 100, 100) => Some(Self::Utf32Le),
            (100, 100, 60.., 0) => Some(Self::Utf32Be),
            (0, 60.., 0, 60..) => Some(Self::Utf16Le),
            (60.., 0, 60.., 0) => Some(Self::Utf16Be),
            _ => None,
        }
    }
}

/// UTF-8 out of a wide encoding.
pub(super) struct WideReader<R> {
    inner: R,
    decoder: WideDecoder,
    ended: bool,
    /// Decoded already, in reverse, because there was no room for it.
    spare: Vec<u8>,
}

enum WideDecoder {
    Utf16(Decoder),
    Utf32 { is_little: bool, is_first: bool },
}

impl<R> WideReader<R> {
    pub(super) fn new(inner: R, encoding: WideEncoding) -> Self {
        let decoder = match encoding {
            WideEncoding::Utf16Le => WideDecoder::Utf16(UTF_16LE.new_decoder_with_bom_removal()),
            WideEncoding::Utf16Be => WideDecoder::Utf16(UTF_16BE.new_decoder_with_bom_removal()),
            WideEncoding::Utf32Le | WideEncoding::Utf32Be => WideDecoder::Utf32 { is_little: encoding == WideEncoding::Utf32Le, is_first: true },
        };
        Self { inner, decoder, ended: false, spare: Vec::new() }
    }
}

impl<R: BufRead> Read for WideReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.len() >= MIN_ROOM && self.spare.is_empty() {
            return self.decode(out);
        }
        if self.spare.is_empty() {
            let mut decoded = [0; 2 * MIN_ROOM];
            let written = self.decode(&mut decoded)?;
            self.spare = decoded[..written].iter().rev().copied().collect();
        }
        let count = out.len().min(self.spare.len());
        for byte in &mut out[..count] {
            *byte = self.spare.pop().unwrap_or_default();
        }
        Ok(count)
    }
}

impl<R: BufRead> WideReader<R> {
    /// Into a buffer with room for at least two characters.
    fn decode(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while !self.ended {
            let decoder = match &mut self.decoder {
                WideDecoder::Utf16(decoder) => decoder,
                WideDecoder::Utf32 { is_little, is_first } => return decode_utf32(&mut self.inner, *is_little, is_first, out),
            };
            let bytes = self.inner.fill_buf()?;
            let last = bytes.is_empty();
            let (result, read, written, _) = decoder.decode_to_utf8(bytes, out, last);
            self.inner.consume(read);
            self.ended = last && result == CoderResult::InputEmpty;
            if written > 0 {
                return Ok(written);
            }
        }
        Ok(0)
    }
}

/// A unit that is cut by the end of the file is dropped.
fn decode_utf32(reader: &mut impl BufRead, is_little: bool, is_first: &mut bool, out: &mut [u8]) -> io::Result<usize> {
    let mut written = 0;
    while out.len() - written >= 4 {
        let mut unit = Vec::with_capacity(4);
        if reader.by_ref().take(4).read_to_end(&mut unit)? < 4 {
            break;
        }
        let unit: [u8; 4] = unit.try_into().unwrap_or_default();
        let code = if is_little { u32::from_le_bytes(unit) } else { u32::from_be_bytes(unit) };
        let is_mark = std::mem::take(is_first) && code == 0xfeff;
        if !is_mark {
            written += char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER).encode_utf8(&mut out[written..]).len();
        }
    }
    Ok(written)
}
