//! One text, the upload itself or an entry of an archive: detects its format from the beginning, then reads it.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use super::{
    detect::{self, Shape, sniff},
    read::{
        ReadError, Sink, database, json, links,
        mail::{self, MailReader},
        markup::{self, CellReader, MarkupKind},
        sql::DumpReader,
        table,
        text::{self, Lines},
    },
};

/// Bytes that detection sees.
const HEAD_BYTES: u64 = 128 * 1024;

pub(super) struct TextFile<'a> {
    head: Vec<u8>,
    rest: &'a mut dyn BufRead,
}

impl<'a> TextFile<'a> {
    /// Reads the beginning, only a little of it when the first bytes are not text.
    pub(super) fn open(rest: &'a mut dyn BufRead) -> Result<Self, ReadError> {
        let mut head = Vec::new();
        (&mut *rest).take(sniff::HEAD_BYTES).read_to_end(&mut head)?;
        sniff::refuse_binary(&head)?;
        (&mut *rest).take(HEAD_BYTES - sniff::HEAD_BYTES).read_to_end(&mut head)?;
        Ok(Self { head, rest })
    }

    pub(super) fn head(&self) -> &[u8] {
        &self.head
    }

    pub(super) fn lines(self) -> io::Result<Lines<Box<dyn BufRead + 'a>>> {
        text::lines(self.reader())
    }

    /// Reads all of it; the only way of both passes, so that they cannot disagree.
    pub(super) fn read(self, sink: &mut dyn Sink) -> Result<(), ReadError> {
        if sniff::is_property_list(&self.head) {
            return links::read_strings(&self.head, sink);
        }
        if sniff::is_database(&self.head) {
            return database::read(self.reader(), sink);
        }
        let head = text::utf8_head(&self.head).into_owned();
        if let Some(kind) = mail::detect(&head) {
            let page = MailReader::new(text::to_utf8(self.reader())?, kind, &head);
            return markup::read_mail(text::lines(BufReader::with_capacity(text::CHUNK_BYTES, page))?, sink);
        }
        drop(head);
        let layout = detect::detect(&self.head)?;
        sink.set_format(layout.format);
        match layout.shape {
            Shape::Table(table) => table::read(self.lines()?, &table, layout.heading, sink),
            Shape::Text(shape) => links::read(self.lines()?, shape, sink),
            Shape::Json => json::read(text::to_utf8(self.reader())?, sink),
            Shape::Markup(MarkupKind::Sheet) => read_rows(CellReader::new(self.lines()?), sink),
            Shape::Dump => read_rows(DumpReader::new(text::to_utf8(self.reader())?), sink),
            Shape::Markup(kind) => markup::read(self.lines()?, kind, sink),
        }
    }

    fn reader(self) -> impl BufRead + 'a {
        Cursor::new(self.head).chain(self.rest)
    }
}

/// Reads what was made a table, which is never made one again.
fn read_rows(rows: impl Read, sink: &mut dyn Sink) -> Result<(), ReadError> {
    let mut rows = BufReader::with_capacity(text::CHUNK_BYTES, rows);
    let text = TextFile::open(&mut rows)?;
    let layout = detect::detect_plain(&text.head)?;
    sink.set_format(layout.format);
    match layout.shape {
        Shape::Table(table) => table::read(text.lines()?, &table, layout.heading, sink),
        Shape::Text(shape) => links::read(text.lines()?, shape, sink),
        Shape::Json | Shape::Markup(_) | Shape::Dump => Ok(()),
    }
}
