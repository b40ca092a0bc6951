//! A stream of bytes that counts lines, for the lexer.

use std::io::{self, BufRead, ErrorKind, Read};

use crate::import::read::text::CHUNK_BYTES;

pub(crate) struct Bytes<R> {
    reader: R,
    chunk: Vec<u8>,
    at: usize,
    line: u32,
    after_return: bool,
}

impl<R: BufRead> Bytes<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self { reader, chunk: Vec::with_capacity(CHUNK_BYTES), at: 0, line: 1, after_return: false }
    }

    /// The line of the next byte, from 1.
    pub(crate) fn line(&self) -> u32 {
        self.line
    }

    /// The next byte, without consuming it.
    pub(crate) fn peek(&mut self) -> io::Result<Option<u8>> {
        if self.at == self.chunk.len() {
            self.chunk.clear();
            self.at = 0;
            (&mut self.reader).take(CHUNK_BYTES as u64).read_to_end(&mut self.chunk)?;
        }
        Ok(self.chunk.get(self.at).copied())
    }

    /// Consumes the next byte.
    pub(crate) fn next(&mut self) -> io::Result<Option<u8>> {
        let byte = self.peek()?;
        self.at += usize::from(byte.is_some());
        match byte {
            Some(b'\n') if self.after_return => {}
            Some(b'\n' | b'\r') => self.line = self.line.saturating_add(1),
            _ => {}
        }
        self.after_return = byte == Some(b'\r');
        Ok(byte)
    }

    /// Consumes the next byte; the end is an error.
    pub(crate) fn require(&mut self) -> io::Result<u8> {
        self.next()?.ok_or_else(|| ErrorKind::UnexpectedEof.into())
    }
}
