//! Tokens of HTML from html5gum, with two additions: the line of every tag, and limits on its size, because browsers put whole pictures
//! into attributes.

use std::{
    borrow::Cow,
    cell::Cell,
    io::{self, BufRead},
    rc::Rc,
};

use html5gum::{
    DefaultEmitter, Error, Reader, State, Token, Tokenizer,
    emitters::{Emitter, ForwardingEmitter},
};

use super::initial_data;
use crate::import::read::text::Lines;

/// Bytes that are kept of a tag's name, an attribute, or a text between tags.
const MAX_BYTES: usize = 8 * 1024;
/// Attributes of a tag that are kept.
const MAX_ATTRIBUTES: usize = 32;
/// html5gum 0.9.0 enters each attribute from within the one before if that has a value in double quotes and white space behind it (the cycle
/// of `inline_next_state` from `BeforeAttributeName` back to it in machine.rs), so that a tag of a thousand overflows the stack. Without
/// the white space, the tokens are the same and it returns first. As often as this is deep enough.
const MAX_NESTED_ATTRIBUTES: u32 = 32;

/// An iterator over tokens; each tag comes with the line where it begins.
pub(crate) struct Tokens<R: BufRead> {
    tokenizer: Tokenizer<LineReader<R>, BoundedEmitter>,
    tag_line: Rc<Cell<u32>>,
}

impl<R: BufRead> Tokens<R> {
    pub(crate) fn new(lines: Lines<R>) -> Self {
        let (line, tag_line) = (Rc::new(Cell::new(1)), Rc::new(Cell::new(1)));
        let reader = LineReader { lines, text: Vec::new(), at: 0, is_after_quote: false, nested_attributes: 0, line: Rc::clone(&line) };
        let emitter =
            BoundedEmitter { inner: DefaultEmitter::default(), left: MAX_BYTES, attributes: 0, in_tag: false, line, tag_line: Rc::clone(&tag_line) };
        Self { tokenizer: Tokenizer::new_with_emitter(reader, emitter), tag_line }
    }
}

impl<R: BufRead> Iterator for Tokens<R> {
    type Item = io::Result<(u32, Token)>;

    fn next(&mut self) -> Option<Self::Item> {
        let token = self.tokenizer.next()?;
        Some(token.map(|token| (self.tag_line.get(), token)))
    }
}

/// Decoded lines as the input of html5gum.
struct LineReader<R> {
    lines: Lines<R>,
    /// The current line, with the line break before it.
    text: Vec<u8>,
    at: usize,
    /// The last byte ended a value in double quotes.
    is_after_quote: bool,
    nested_attributes: u32,
    line: Rc<Cell<u32>>,
}

impl<R: BufRead> LineReader<R> {
    /// See [`MAX_NESTED_ATTRIBUTES`].
    fn end_nesting(&mut self) -> io::Result<()> {
        self.nested_attributes += 1;
        if self.nested_attributes == MAX_NESTED_ATTRIBUTES {
            self.nested_attributes = 0;
            while self.rest()?.first().is_some_and(u8::is_ascii_whitespace) {
                self.at += 1;
            }
        }
        Ok(())
    }

    /// The unread part of the line; empty at the end of the file.
    fn rest(&mut self) -> io::Result<&[u8]> {
        while self.at == self.text.len() {
            let Some(line) = self.lines.next().transpose()? else { break };
            self.text.clear();
            if line.number > self.line.get() {
                self.text.push(b'\n');
            }
            let text = initial_data::links(&line.text).map_or_else(|| without_cdata(&line.text), Cow::Owned);
            self.text.extend_from_slice(text.as_bytes());
            self.at = 0;
            self.line.set(line.number);
        }
        Ok(&self.text[self.at..])
    }
}

/// XML's `<![CDATA[…]]>` as the text that it is.
fn without_cdata(line: &str) -> Cow<'_, str> {
    const START: &str = "<![CDATA[";
    if !line.contains(START) {
        return Cow::Borrowed(line);
    }
    let mut parts = line.split(START);
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (data, rest) = part.split_once("]]>").unwrap_or((part, ""));
        html_escape::encode_text_to_string(data, &mut text);
        text.push_str(rest);
    }
    Cow::Owned(text)
}

impl<R: BufRead> Reader for LineReader<R> {
    type Error = io::Error;

    fn read_byte(&mut self) -> io::Result<Option<u8>> {
        if std::mem::take(&mut self.is_after_quote) {
            self.end_nesting()?;
        }
        let byte = self.rest()?.first().copied();
        self.at += usize::from(byte.is_some());
        Ok(byte)
    }

    fn read_until<'b>(&'b mut self, needle: &[u8], _: &'b mut [u8; 4]) -> io::Result<Option<&'b [u8]>> {
        let rest = self.rest()?;
        let length = rest.iter().position(|byte| needle.contains(byte)).map_or(rest.len(), |at| at.max(1));
        // Only within double quotes, a quote is looked for and `>` is not.
        let is_quote = rest.starts_with(b"\"") && needle.contains(&b'"') && !needle.contains(&b'>');
        self.is_after_quote = is_quote;
        self.at += length;
        Ok(Some(&self.text[self.at - length..self.at]).filter(|read| !read.is_empty()))
    }

    fn try_read_string(&mut self, wanted: &[u8], case_sensitive: bool) -> io::Result<bool> {
        let is_next =
            self.rest()?.get(..wanted.len()).is_some_and(|next| if case_sensitive { next == wanted } else { next.eq_ignore_ascii_case(wanted) });
        self.at += if is_next { wanted.len() } else { 0 };
        Ok(is_next)
    }
}

/// Drops comments, declarations and everything over the limits.
struct BoundedEmitter {
    inner: DefaultEmitter,
    /// Bytes that may still be kept of the current name, attribute or text.
    left: usize,
    attributes: usize,
    in_tag: bool,
    line: Rc<Cell<u32>>,
    tag_line: Rc<Cell<u32>>,
}

impl BoundedEmitter {
    fn take_budget<'s>(&mut self, bytes: &'s [u8]) -> &'s [u8] {
        let bytes = &bytes[..bytes.len().min(self.left)];
        self.left -= bytes.len();
        bytes
    }
}

impl ForwardingEmitter for BoundedEmitter {
    type Token = Token;

    fn inner(&mut self) -> &mut impl Emitter<Token = Token> {
        &mut self.inner
    }

    fn start_open_tag(&mut self) {
        self.tag_line.set(self.line.get());
        self.inner().start_open_tag();
    }

    fn init_start_tag(&mut self) {
        (self.in_tag, self.attributes, self.left) = (true, 0, MAX_BYTES);
        self.inner().init_start_tag();
    }

    fn init_end_tag(&mut self) {
        self.left = MAX_BYTES;
        self.inner().init_end_tag();
    }

    fn push_tag_name(&mut self, name: &[u8]) {
        let name = self.take_budget(name);
        self.inner().push_tag_name(name);
    }

    fn init_attribute(&mut self) {
        self.attributes += 1;
        self.left = if self.attributes > MAX_ATTRIBUTES { 0 } else { MAX_BYTES };
        self.inner().init_attribute();
    }

    fn push_attribute_name(&mut self, name: &[u8]) {
        let name = self.take_budget(name);
        self.inner().push_attribute_name(name);
    }

    fn push_attribute_value(&mut self, value: &[u8]) {
        let value = self.take_budget(value);
        self.inner().push_attribute_value(value);
    }

    fn emit_current_tag(&mut self) -> Option<State> {
        (self.in_tag, self.left) = (false, MAX_BYTES);
        self.inner().emit_current_tag()
    }

    fn emit_string(&mut self, text: &[u8]) {
        let text = self.take_budget(text);
        self.inner().emit_string(text);
    }

    /// Emits a tag even when the file ends inside it: a truncated link still is a line.
    fn emit_eof(&mut self) {
        if self.in_tag {
            let _ = ForwardingEmitter::emit_current_tag(self);
        }
        self.inner().emit_eof();
    }

    fn emit_error(&mut self, _: Error) {}

    fn push_comment(&mut self, _: &[u8]) {}

    fn push_doctype_name(&mut self, _: &[u8]) {}

    fn set_doctype_public_identifier(&mut self, _: &[u8]) {}

    fn set_doctype_system_identifier(&mut self, _: &[u8]) {}

    fn push_doctype_public_identifier(&mut self, _: &[u8]) {}

    fn push_doctype_system_identifier(&mut self, _: &[u8]) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::read::text::{self, decode_truncated};

    /// Tags with their line and attributes, closing tags, and texts.
    fn tokens(html: &str) -> Vec<String> {
        let to_event = |(line, token)| match token {
            Token::StartTag(tag) => {
                let attributes =
                    tag.attributes.iter().map(|(name, value)| format!(" {}={}", decode_truncated(name), decode_truncated(value))).collect::<String>();
                Some(format!("{line}<{}{attributes}>", decode_truncated(&tag.name)))
            }
            Token::EndTag(tag) => Some(format!("</{}>", decode_truncated(&tag.name))),
            Token::String(text) => Some(decode_truncated(&text)),
            _ => None,
        };
        Tokens::new(text::lines(html.as_bytes()).unwrap()).filter_map(|token| to_event(token.unwrap())).collect()
    }

    #[test]
    fn tags_have_lines_and_entities_are_decoded() {
        let html = "<!DOCTYPE x>\n<!-- <A HREF=no> -- > -->\r\n<DT ><A HREF=\"a?b&amp;c\" X='1\"2' y=3 z>T &lt;&#233;&#x1F980;</a\n>\n1 < 2<";
        let expected = ["\n", "\n", "3<dt>", "3<a href=a?b&c x=1\"2 y=3 z=>", "T <é🦀", "</a>", "\n1 < 2<"];
        assert_eq!(tokens(html), expected);
    }

    #[test]
    fn tokens_stay_small_when_the_page_is_hostile() {
        let long = "i".repeat(1_000_000);
        let attributes = " a1=x".to_owned() + &(2..1_000).map(|n| format!(" a{n}={long}")).take(3).collect::<String>() + &" b".repeat(9);
        let many = (0..1_000).map(|n| format!(" a{n}=x")).collect::<String>();
        for html in
            [format!("<a{attributes}>"), format!("<a{many}>"), format!("<{long}>"), long.clone(), format!("<!--{long}-->"), format!("<!{long}>")]
        {
            let size: usize = tokens(&html).iter().map(String::len).sum();
            assert!(size <= MAX_ATTRIBUTES * MAX_BYTES, "{size}");
        }
        let [tag] = &tokens(&format!("<a icon=\"{long}\" href=x>"))[..] else { panic!("one tag") };
        assert!(tag.starts_with("1<a href=x icon=iii") && tag.len() < MAX_BYTES + 20, "{}", tag.len());
    }

    #[test]
    fn tag_with_very_many_attributes_does_not_overflow_the_stack() {
        for end in [">", "/>", "\n>", ""] {
            let html =
                (0..100_000).map(|n| format!(" a{n}=\"x\"\n")).fold("<a href=\"y\"".to_owned(), |html, attribute| html + &attribute) + end + "<b>";
            let tags = tokens(&html);
            assert!(tags[0].starts_with("1<a a0=x a1=x") && tags[0].contains(" href=y"), "{}", tags[0]);
            assert_eq!(tags.len(), if end.is_empty() { 1 } else { 2 });
        }
    }

    #[test]
    fn tag_is_emitted_when_the_file_ends_inside_it() {
        assert_eq!(tokens("<a href=\"x"), ["1<a href=x>"]);
        assert_eq!(tokens("<!-- x"), [""; 0]);
    }
}
