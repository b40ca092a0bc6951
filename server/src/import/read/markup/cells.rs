//! Tables in markup as text with tabs: a spreadsheet that was saved as HTML, which Excel calls `.xls`, or in the XML of 2003.

use std::io::{self, BufRead, Read};

use html5gum::Token;

use super::html::Tokens;
use crate::import::read::{
    records::write_field,
    text::{Lines, decode_truncated},
};

/// Bytes of a cell that are kept.
const MAX_CELL_BYTES: usize = 4 * 1024;

/// Whether this is a table in which cells, and not links, name the videos.
pub(crate) fn is_sheet(head: &str) -> bool {
    let is_table = head.contains("<table") && head.contains("<td") && !head.contains("<a ");
    let is_excel = head.contains("urn:schemas-microsoft-com:office:excel");
    head.contains("urn:schemas-microsoft-com:office:spreadsheet") || (is_table && (is_excel || !head.contains("youtu")))
}

/// Rows with a tab between cells.
pub(crate) struct CellReader<R: BufRead> {
    tokens: Tokens<R>,
    is_in_cell: bool,
    is_first: bool,
    cell: String,
    out: Vec<u8>,
    at: usize,
}

impl<R: BufRead> CellReader<R> {
    pub(crate) fn new(lines: Lines<R>) -> Self {
        Self { tokens: Tokens::new(lines), is_in_cell: false, is_first: true, cell: String::new(), out: Vec::new(), at: 0 }
    }

    /// Returns false at the end.
    fn token(&mut self) -> io::Result<bool> {
        let Some(token) = self.tokens.next().transpose()? else { return Ok(false) };
        match token.1 {
            Token::StartTag(tag) => match &tag.name[..] {
                b"tr" | b"row" => self.end_row(),
                b"td" | b"th" | b"cell" => {
                    self.end_cell();
                    self.is_in_cell = true;
                }
                _ => {}
            },
            Token::EndTag(tag) => match &tag.name[..] {
                b"tr" | b"row" | b"table" => self.end_row(),
                b"td" | b"th" | b"cell" => self.end_cell(),
                _ => {}
            },
            Token::String(text) if self.is_in_cell && self.cell.len() < MAX_CELL_BYTES => self.cell.push_str(&decode_truncated(&text)),
            _ => {}
        }
        Ok(true)
    }

    fn end_cell(&mut self) {
        if !std::mem::take(&mut self.is_in_cell) {
            return;
        }
        let cell = std::mem::take(&mut self.cell);
        let cell = cell.split_whitespace().collect::<Vec<_>>().join(" ");
        write_field(&mut self.out, &mut self.is_first, cell.as_bytes());
    }

    fn end_row(&mut self) {
        self.end_cell();
        if !std::mem::replace(&mut self.is_first, true) {
            self.out.push(b'\n');
        }
    }
}

impl<R: BufRead> Read for CellReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.at == self.out.len() {
            self.out.clear();
            self.at = 0;
            if !self.token()? {
                return Ok(0);
            }
        }
        let count = out.len().min(self.out.len() - self.at);
        out[..count].copy_from_slice(&self.out[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}
