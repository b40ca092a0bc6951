//! One part of a mail: what its headers say, and its body, decoded.

use base64::{Engine as _, prelude::BASE64_STANDARD};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Encoding {
    #[default]
    Plain,
    QuotedPrintable,
    Base64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Content {
    #[default]
    Text,
    Html,
    /// Parts, between which nothing stands.
    Parts,
    /// A mail with headers of its own.
    Mail,
    Other,
}

#[derive(Default)]
pub(super) struct Part {
    content: Content,
    encoding: Encoding,
    /// Whether it is, or is one of, several readings of the same text.
    pub(super) is_alternative: bool,
    /// Letters of base64 that wait for others.
    waiting: Vec<u8>,
    /// Whether anything of it was read.
    is_open: bool,
}

impl Part {
    pub(super) fn header(&mut self, header: &[u8]) {
        let header = String::from_utf8_lossy(header).to_ascii_lowercase();
        let Some((name, value)) = header.split_once(':') else { return };
        let value = value.trim();
        match name {
            "content-transfer-encoding" => {
                self.encoding = match value {
                    "quoted-printable" => Encoding::QuotedPrintable,
                    "base64" => Encoding::Base64,
                    _ => Encoding::Plain,
                }
            }
            "content-type" => {
                self.is_alternative |= value.starts_with("multipart/alternative");
                self.content = match value.split([';', ' ']).next().unwrap_or_default() {
                    "text/html" | "application/xhtml+xml" => Content::Html,
                    "" | "text" | "text/plain" | "text/markdown" | "text/x-amp-html" => Content::Text,
                    "message/rfc822" => Content::Mail,
                    value if value.starts_with("multipart/") => Content::Parts,
                    _ => Content::Other,
                }
            }
            _ => {}
        }
    }

    /// Behind the headers. Returns whether more of them follow.
    pub(super) fn begin_body(&mut self, prefers_html: bool) -> bool {
        if self.is_alternative && prefers_html && self.content == Content::Text {
            self.content = Content::Other;
        }
        if self.content == Content::Mail {
            *self = Self { is_alternative: false, ..Self::default() };
            return true;
        }
        false
    }

    /// A line of the body, without its end.
    pub(super) fn line(&mut self, line: &[u8], out: &mut Vec<u8>) {
        if matches!(self.content, Content::Parts | Content::Other | Content::Mail) {
            return;
        }
        match self.encoding {
            Encoding::Plain => {
                self.push(line, out);
                self.push(b"\n", out);
            }
            Encoding::QuotedPrintable => {
                let line = line.trim_ascii_end();
                let (line, end) = line.strip_suffix(b"=").map_or((line, &b"\n"[..]), |line| (line, b""));
                self.push(&quoted_printable(line), out);
                self.push(end, out);
            }
            Encoding::Base64 => {
                self.waiting.extend(line.iter().filter(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=')));
                let rest = self.waiting.split_off(self.waiting.len() / 4 * 4);
                let letters = std::mem::replace(&mut self.waiting, rest);
                self.push(&BASE64_STANDARD.decode(letters).unwrap_or_default(), out);
            }
        }
    }

    /// A line of a calendar: one that begins with a blank goes on with the line before.
    pub(super) fn folded(&mut self, line: &[u8], out: &mut Vec<u8>) {
        let rest = line.strip_prefix(b" ").or_else(|| line.strip_prefix(b"\t"));
        if rest.is_none() && self.is_open {
            self.push(b"\n", out);
        }
        let mut text = Vec::with_capacity(line.len());
        let mut bytes = rest.unwrap_or(line).iter().copied();
        while let Some(byte) = bytes.next() {
            text.push(match byte {
                b'\\' => bytes.next().map_or(byte, |escaped| if matches!(escaped, b'n' | b'N') { b'\n' } else { escaped }),
                byte => byte,
            });
        }
        self.push(&text, out);
    }

    /// Ends the part, so that nothing of it is open in the next one.
    pub(super) fn finish(&mut self, out: &mut Vec<u8>) {
        if self.is_open {
            out.extend_from_slice(b"<br>\n");
        }
        self.waiting.clear();
        self.is_open = false;
    }

    fn push(&mut self, text: &[u8], out: &mut Vec<u8>) {
        self.is_open = true;
        if self.content == Content::Html {
            out.extend_from_slice(text);
            return;
        }
        for &byte in text {
            match byte {
                b'<' => out.extend_from_slice(b"&lt;"),
                b'&' => out.extend_from_slice(b"&amp;"),
                b'\n' => out.extend_from_slice(b"<br>\n"),
                byte => out.push(byte),
            }
        }
    }
}

/// `=3D` is one byte; whatever is no such code stays as it is.
fn quoted_printable(line: &[u8]) -> Vec<u8> {
    let hex = |at: usize| line.get(at).and_then(|b| char::from(*b).to_digit(16));
    let (mut decoded, mut at) = (Vec::with_capacity(line.len()), 0);
    while let Some(&byte) = line.get(at) {
        let code = if byte == b'=' { hex(at + 1).zip(hex(at + 2)) } else { None };
        decoded.push(code.map_or(byte, |(high, low)| (high * 16 + low) as u8));
        at += if code.is_some() { 3 } else { 1 };
    }
    decoded
}

/// What separates the parts, as a header says.
pub(super) fn boundary(header: &[u8]) -> Option<Vec<u8>> {
    let lower = header.to_ascii_lowercase();
    if !lower.starts_with(b"content-type:") {
        return None;
    }
    let at = lower.windows(9).position(|word| word == b"boundary=")? + 9;
    let value = &header[at..];
    let value = match value.strip_prefix(b"\"") {
        Some(quoted) => quoted.split(|b| *b == b'"').next()?,
        None => value.split(|b| matches!(b, b';' | b' ' | b'\t')).next()?,
    };
    (!value.is_empty()).then(|| value.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_decoded_and_everything_else_is_kept() {
        assert_eq!(quoted_printable(b"v=3Dabc =C3=A9 =zz ="), "v=abc é =zz =".as_bytes());
    }

    #[test]
    fn boundary_is_read_with_and_without_quotes() {
        assert_eq!(boundary(b"Content-Type: multipart/mixed; boundary=\"a; b\"").as_deref(), Some(&b"a; b"[..]));
        assert_eq!(boundary(b"content-type: multipart/mixed;\tBoundary=ab; x=y").as_deref(), Some(&b"ab"[..]));
        assert_eq!(boundary(b"Subject: boundary=x"), None);
    }
}
