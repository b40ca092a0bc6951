//! Mails (`.eml`, `.mbox`), pages that a browser saved as one file (`.mhtml`), and calendars (`.ics`), as one page in HTML.
//!
//! On their way through mail servers lines are broken and letters are encoded, which no link survives: RFC 2045 (quoted-printable, base64), RFC 2046
//! (parts between boundaries), RFC 5545 (folded lines). Headers, and parts that are no text, are left out.
//!
//! Not mailparse or mail-parser: both need the whole mail in memory.

mod part;

use std::io::{self, BufRead, Read};

use self::part::{Part, boundary};

/// Bytes of a line that are held at once.
const MAX_LINE_BYTES: u64 = 64 * 1024;
/// Bytes of a header with its continuation lines.
const MAX_HEADER_BYTES: usize = 8 * 1024;
/// Nesting of parts.
const MAX_BOUNDARIES: usize = 16;
/// Headers of which a mail has one at least.
const MAIL_HEADERS: [&str; 5] = ["content-type:", "content-transfer-encoding:", "mime-version:", "message-id:", "received:"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MailKind {
    /// Headers, a blank line, and a body.
    Mail,
    /// Many of them, each behind a line `From …`.
    Mailbox,
    /// Lines of a calendar or of contacts, folded.
    Folded,
}

/// Looks at the first lines, which must all be headers.
pub(crate) fn detect(head: &[u8]) -> Option<MailKind> {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    if [&b"BEGIN:VCALENDAR"[..], b"BEGIN:VCARD"].iter().any(|start| head.starts_with(start)) {
        return Some(MailKind::Folded);
    }
    let is_mailbox = head.starts_with(b"From ");
    let lines = head.split(|b| *b == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line)).skip(usize::from(is_mailbox));
    let mut is_mail = false;
    for line in lines.take_while(|line| !line.is_empty()) {
        let name = line.iter().position(|b| *b == b':').map(|at| &line[..at]).unwrap_or_default();
        let is_header = !name.is_empty() && name.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-');
        if !is_header && !line.starts_with(b" ") && !line.starts_with(b"\t") {
            return None;
        }
        is_mail |= MAIL_HEADERS.iter().any(|known| line.len() >= known.len() && line[..known.len()].eq_ignore_ascii_case(known.as_bytes()));
    }
    is_mail.then_some(if is_mailbox { MailKind::Mailbox } else { MailKind::Mail })
}

/// HTML out of a mail.
pub(crate) struct MailReader<R> {
    inner: R,
    kind: MailKind,
    /// Of several readings of one text, whether those that are no HTML are passed over.
    prefers_html: bool,
    is_in_headers: bool,
    header: Vec<u8>,
    part: Part,
    boundaries: Vec<Vec<u8>>,
    /// Whether the line before was blank.
    after_blank: bool,
    out: Vec<u8>,
    at: usize,
}

impl<R: BufRead> MailReader<R> {
    pub(crate) fn new(inner: R, kind: MailKind, head: &[u8]) -> Self {
        let prefers_html = head.windows(9).any(|word| word.eq_ignore_ascii_case(b"text/html"));
        let is_in_headers = kind != MailKind::Folded;
        let (header, boundaries) = (Vec::new(), Vec::new());
        Self { inner, kind, prefers_html, is_in_headers, header, part: Part::default(), boundaries, after_blank: true, out: Vec::new(), at: 0 }
    }

    /// Reads a line and appends what it says.
    fn line(&mut self) -> io::Result<bool> {
        let mut line = Vec::new();
        if (&mut self.inner).take(MAX_LINE_BYTES).read_until(b'\n', &mut line)? == 0 {
            self.part.finish(&mut self.out);
            return Ok(false);
        }
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        let after_blank = std::mem::replace(&mut self.after_blank, text.is_empty());
        if self.kind == MailKind::Folded {
            self.part.folded(text, &mut self.out);
        } else if self.kind == MailKind::Mailbox && after_blank && text.starts_with(b"From ") {
            self.boundaries.clear();
            self.begin_headers(false);
        } else if let Some(is_end) = self.boundary(text) {
            self.begin_headers(!is_end);
            self.is_in_headers = !is_end;
        } else if self.is_in_headers {
            self.header_line(text);
        } else {
            self.part.line(text, &mut self.out);
        }
        Ok(true)
    }

    /// Whether this line ends a part, and whether it is the last one.
    fn boundary(&self, line: &[u8]) -> Option<bool> {
        let name = line.strip_prefix(b"--")?;
        let rest = self.boundaries.iter().find_map(|boundary| name.strip_prefix(&boundary[..]))?;
        let is_end = rest.starts_with(b"--");
        (is_end || rest.iter().all(u8::is_ascii_whitespace)).then_some(is_end)
    }

    fn begin_headers(&mut self, is_inner: bool) {
        self.part.finish(&mut self.out);
        let is_alternative = is_inner && self.part.is_alternative;
        self.part = Part::default();
        self.part.is_alternative = is_alternative;
        self.header.clear();
        self.is_in_headers = true;
    }

    fn header_line(&mut self, line: &[u8]) {
        if line.starts_with(b" ") || line.starts_with(b"\t") {
            let room = MAX_HEADER_BYTES.saturating_sub(self.header.len());
            self.header.extend_from_slice(&line[..line.len().min(room)]);
            return;
        }
        let header = std::mem::replace(&mut self.header, line[..line.len().min(MAX_HEADER_BYTES)].to_vec());
        self.part.header(&header);
        if let Some(name) = boundary(&header).filter(|_| self.boundaries.len() < MAX_BOUNDARIES) {
            self.boundaries.push(name);
        }
        if line.is_empty() {
            // A mail within a mail has headers of its own.
            self.is_in_headers = self.part.begin_body(self.prefers_html);
        }
    }
}

impl<R: BufRead> Read for MailReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.at == self.out.len() {
            self.out.clear();
            self.at = 0;
            if !self.line()? && self.out.is_empty() {
                return Ok(0);
            }
        }
        let count = out.len().min(self.out.len() - self.at);
        out[..count].copy_from_slice(&self.out[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}
