//! Tags and texts of HTML, as far as files of bookmarks have it: attributes with or without quotes, comments, entities. A tag takes little
//! memory however long it is: browsers put whole pictures into attributes.

use std::io::{self, BufRead};

use super::{bytes::Bytes, text};

/// Bytes of an attribute's value, or of a text between tags, that are kept.
const MAX_VALUE: usize = 8 * 1024;
/// Bytes of a name that are kept.
const MAX_NAME: usize = 64;
/// Attributes of a tag that are kept.
const MAX_ATTRIBUTES: usize = 32;

/// A piece of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// `<a href=…>`: the line where it begins, its name and attributes in lower case.
    Open { line: u32, name: String, attributes: Vec<(String, String)> },
    /// `</a>`.
    Close(String),
    /// What stands between tags.
    Text(String),
}

/// Reads pieces.
pub(super) struct Pieces<R> {
    bytes: Bytes<R>,
}

impl<R: BufRead> Pieces<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { bytes: Bytes::new(reader) }
    }

    /// The next piece; `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Piece>> {
        loop {
            let line = self.bytes.line();
            match self.bytes.peek()? {
                None => return Ok(None),
                Some(b'<') => {}
                Some(_) => return Ok(Some(Piece::Text(self.until(MAX_VALUE, |b| b == b'<')?))),
            }
            self.bytes.next()?;
            match self.bytes.peek()? {
                Some(b'!') => self.declaration()?,
                Some(b'?') => self.skip_tag()?,
                Some(b'/') => {
                    self.bytes.next()?;
                    let name = self.name()?;
                    self.skip_tag()?;
                    return Ok(Some(Piece::Close(name)));
                }
                Some(b) if b.is_ascii_alphabetic() => {
                    let name = self.name()?;
                    let attributes = self.attributes()?;
                    return Ok(Some(Piece::Open { line, name, attributes }));
                }
                _ => return Ok(Some(Piece::Text("<".into()))),
            }
        }
    }

    /// A comment, or anything else that begins with `<!`.
    fn declaration(&mut self) -> io::Result<()> {
        self.bytes.next()?;
        let mut dashes = 0;
        while dashes < 2 && self.bytes.peek()? == Some(b'-') {
            self.bytes.next()?;
            dashes += 1;
        }
        if dashes < 2 {
            return self.skip_tag();
        }
        let mut closing = 0;
        while let Some(byte) = self.bytes.next()? {
            match byte {
                b'-' => closing += 1,
                b'>' if closing >= 2 => break,
                _ => closing = 0,
            }
        }
        Ok(())
    }

    fn skip_tag(&mut self) -> io::Result<()> {
        while self.bytes.next()?.is_some_and(|byte| byte != b'>') {}
        Ok(())
    }

    fn name(&mut self) -> io::Result<String> {
        Ok(self.until(MAX_NAME, |b| b.is_ascii_whitespace() || matches!(b, b'>' | b'/' | b'='))?.to_ascii_lowercase())
    }

    /// Up to and with the end of the tag.
    fn attributes(&mut self) -> io::Result<Vec<(String, String)>> {
        let mut attributes = Vec::new();
        loop {
            match self.bytes.peek()? {
                None => return Ok(attributes),
                Some(b'>') => {
                    self.bytes.next()?;
                    return Ok(attributes);
                }
                Some(b) if b.is_ascii_whitespace() || matches!(b, b'/' | b'=') => drop(self.bytes.next()?),
                Some(_) => {
                    let attribute = (self.name()?, self.value()?);
                    if attributes.len() < MAX_ATTRIBUTES {
                        attributes.push(attribute);
                    }
                }
            }
        }
    }

    /// What stands behind an attribute's name.
    fn value(&mut self) -> io::Result<String> {
        self.skip_spaces()?;
        if self.bytes.peek()? != Some(b'=') {
            return Ok(String::new());
        }
        self.bytes.next()?;
        self.skip_spaces()?;
        match self.bytes.peek()? {
            Some(quote @ (b'"' | b'\'')) => {
                self.bytes.next()?;
                let value = self.until(MAX_VALUE, |b| b == quote)?;
                self.bytes.next()?;
                Ok(value)
            }
            _ => self.until(MAX_VALUE, |b| b.is_ascii_whitespace() || b == b'>'),
        }
    }

    fn skip_spaces(&mut self) -> io::Result<()> {
        while self.bytes.peek()?.is_some_and(|b| b.is_ascii_whitespace()) {
            self.bytes.next()?;
        }
        Ok(())
    }

    /// Reads up to such a byte, which stays, and keeps the first so many.
    fn until(&mut self, most: usize, is_end: impl Fn(u8) -> bool) -> io::Result<String> {
        let mut kept = Vec::new();
        while let Some(byte) = self.bytes.peek()?.filter(|byte| !is_end(*byte)) {
            self.bytes.next()?;
            if kept.len() < most {
                kept.push(byte);
            }
        }
        let text = if kept.len() < most { text::decode(&kept) } else { text::decode_cut(&kept) };
        Ok(html_escape::decode_html_entities(&text).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(html: &str) -> Vec<Piece> {
        let mut pieces = Pieces::new(html.as_bytes());
        std::iter::from_fn(|| pieces.next().unwrap()).collect()
    }

    fn open(line: u32, name: &str, attributes: &[(&str, &str)]) -> Piece {
        let attributes = attributes.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        Piece::Open { line, name: name.into(), attributes }
    }

    #[test]
    fn tags_attributes_comments_and_entities() {
        let seen = pieces("<!DOCTYPE x>\n<!-- <A HREF=no> -- > -->\r\n<DT ><A HREF=\"a?b&amp;c\" X='1\"2' y=3 z>T &lt;&#233;&#x1F980;</a\n>\n1 < 2<");
        let text = |text: &str| Piece::Text(text.into());
        let expected = [
            text("\n"),
            text("\r\n"),
            open(3, "dt", &[]),
            open(3, "a", &[("href", "a?b&c"), ("x", "1\"2"), ("y", "3"), ("z", "")]),
            text("T <é🦀"),
            Piece::Close("a".into()),
            text("\n1 "),
            text("<"),
            text(" 2"),
            text("<"),
        ];
        assert_eq!(seen, expected);
    }

    #[test]
    fn long_attributes_take_little_memory_and_unclosed_ones_end_with_the_text() {
        let seen = pieces(&format!("<a icon=\"{}\" href=x>", "i".repeat(1_000_000)));
        let Piece::Open { attributes, .. } = &seen[0] else { panic!("{seen:?}") };
        assert_eq!((attributes[0].1.len(), attributes[1].1.as_str()), (MAX_VALUE, "x"));
        assert_eq!(pieces("<a href=\"x"), [open(1, "a", &[("href", "x")])]);
        assert_eq!(pieces("<!-- x"), []);
    }
}
