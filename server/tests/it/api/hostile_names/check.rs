//! What must be true of an answer, whatever names are in it.

use app::wording::is_bidi_control;
use html5gum::{DefaultEmitter, Token, Tokenizer};
use percent_encoding::percent_decode_str;
use reqwest::{Response, header::HeaderMap};
use serde_json::Value;

#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    headers: HeaderMap,
    body: String,
}

/// What a document consists of, without texts and values.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    Open(String, Vec<String>),
    Close(String),
    Comment,
}

impl Answer {
    pub(super) async fn read(response: Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { status, headers, body: String::from_utf8(response.bytes().await.unwrap().to_vec()).unwrap() }
    }

    fn content_type(&self) -> &str {
        self.headers.get("content-type").map_or("", |value| value.to_str().unwrap())
    }

    pub(super) fn is_html(&self) -> bool {
        self.content_type().starts_with("text/html")
    }

    /// What a reader of the page sees, and what is in its attributes.
    pub(super) fn text_of_page(&self) -> String {
        if !self.is_html() {
            return String::new();
        }
        let mut text = String::new();
        for token in tokens(&self.body) {
            match token {
                Token::String(part) => text.push_str(&String::from_utf8_lossy(&part)),
                Token::StartTag(tag) => tag.attributes.values().for_each(|value| text.push_str(&String::from_utf8_lossy(value))),
                _ => {}
            }
        }
        text
    }
}

fn tokens(html: &str) -> Vec<Token> {
    let mut emitter = DefaultEmitter::default();
    // As a parser of whole documents does for `<script>`, `<title>` and the like.
    emitter.naively_switch_states(true);
    Tokenizer::new_with_emitter(html, emitter).map(Result::unwrap).collect()
}

fn parts(html: &str) -> Vec<Part> {
    let name = |name: &[u8]| String::from_utf8_lossy(name).into_owned();
    let part = |token| match token {
        Token::StartTag(tag) => Some(Part::Open(name(&tag.name), tag.attributes.keys().map(|key| name(key)).collect())),
        Token::EndTag(tag) => Some(Part::Close(name(&tag.name))),
        Token::Comment(_) => Some(Part::Comment),
        _ => None,
    };
    tokens(html).into_iter().filter_map(part).collect()
}

/// The data of the page's islands.
fn island_data(html: &str) -> Vec<Value> {
    let mut data = Vec::new();
    let mut script: Option<String> = None;
    for token in tokens(html) {
        match token {
            Token::StartTag(tag) if tag.attributes.values().any(|value| value.as_slice() == b"island-data") => script = Some(String::new()),
            Token::String(text) => script.iter_mut().for_each(|script| script.push_str(std::str::from_utf8(&text).unwrap())),
            Token::EndTag(_) => data.extend(script.take().map(|script| {
                assert!(!script.contains('<'), "{script}");
                serde_json::from_str::<Value>(&script).unwrap()
            })),
            _ => {}
        }
    }
    data
}

/// Fails unless both have the same status, type and structure, and the first is well-formed.
pub(super) fn check_alike(label: &str, hostile: &Answer, harmless: &Answer) {
    assert_eq!((hostile.status, hostile.content_type()), (harmless.status, harmless.content_type()), "{label}");
    let names = |answer: &Answer| answer.headers.keys().map(|name| name.as_str().to_owned()).collect::<Vec<_>>();
    assert_eq!(names(hostile), names(harmless), "{label}: no header that the other has not");
    if hostile.is_html() {
        let (of_hostile, of_harmless) = (parts(&hostile.body), parts(&harmless.body));
        let differs = of_hostile.iter().zip(&of_harmless).position(|(one, other)| one != other);
        assert_eq!(of_hostile.len(), of_harmless.len(), "{label}, from {differs:?} on: {}", hostile.body);
        assert_eq!(differs, None, "{label}: {:?}\n{}", differs.map(|at| (&of_hostile[at], &of_harmless[at])), hostile.body);
        assert_eq!(island_data(&hostile.body).len(), island_data(&harmless.body).len(), "{label}");
    } else if hostile.content_type().ends_with("json") {
        let _: Value = serde_json::from_str(&hostile.body).unwrap_or_else(|error| panic!("{label}: {error}"));
    } else if hostile.content_type().starts_with("text/csv") {
        check_csv(label, &hostile.body, &harmless.body);
    }
    if let Some(disposition) = hostile.headers.get("content-disposition") {
        check_disposition(label, disposition.to_str().unwrap());
    }
    if hostile.content_type() == "application/problem+json" {
        check_plain(label, hostile);
    }
}

/// Fails where a spreadsheet would run a cell, whichever separator it expects.
fn check_csv(label: &str, hostile: &str, harmless: &str) {
    let read = |text: &str| {
        let reader = csv::Reader::from_reader(text.as_bytes()).into_records().map(Result::unwrap);
        reader.map(|record| record.iter().map(str::to_owned).collect::<Vec<_>>()).collect::<Vec<_>>()
    };
    let (rows, harmless) = (read(hostile), read(harmless));
    assert!(!rows.is_empty() && rows.len() == harmless.len(), "{label}: {hostile}");
    for cell in rows.iter().flatten() {
        assert!(!cell.contains(|c| is_bidi_control(c) || c == '\0'), "{label}: {cell:?}");
        let (after_commas, after_others) = (cell.split(','), cell.split([';', '\t', '\n', '\r']).map(str::trim_start));
        for part in after_commas.chain(after_others) {
            let first = part.trim_start_matches('"').chars().next();
            assert!(!first.is_some_and(|c| "=+-@|＝＋－＠".contains(c)), "{label}: {cell:?}");
        }
    }
}

/// RFC 6266 with RFC 8187: a plain name and an encoded one, neither of which leaves the folder of downloads.
fn check_disposition(label: &str, disposition: &str) {
    let rest = disposition.strip_prefix("attachment; filename=\"").unwrap_or_else(|| panic!("{label}: {disposition}"));
    // A receipt is called after its job's id alone.
    let (ascii, encoded) = rest
        .split_once("\"; filename*=UTF-8''")
        .or_else(|| rest.strip_suffix('"').map(|name| (name, name)))
        .unwrap_or_else(|| panic!("{label}: {disposition}"));
    let name = percent_decode_str(encoded).decode_utf8().unwrap();
    for name in [ascii, &name] {
        let is_odd = |c: char| c.is_control() || is_bidi_control(c) || "/\\:*?\"<>|".contains(c);
        assert!(!name.contains(is_odd) && !name.starts_with('.') && name.len() <= 255, "{label}: {name:?}");
        assert!([".csv", ".json", ".html"].iter().any(|ending| name.ends_with(ending)), "{label}: {name:?}");
    }
    assert!(encoded.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&+-.^_`|~%".contains(&b)), "{label}: {encoded}");
}

/// A refusal is a problem whose texts are one line without anything that changes how they are read.
pub(super) fn check_plain(label: &str, answer: &Answer) {
    assert!((400..500).contains(&answer.status), "{label}: {answer:?}");
    assert_eq!(answer.content_type(), "application/problem+json", "{label}");
    let problem: Value = serde_json::from_str(&answer.body).unwrap();
    for field in ["title", "detail", "code", "type"] {
        let text = problem[field].as_str().unwrap_or_else(|| panic!("{label}: {problem}"));
        assert!(!text.contains(|c: char| c.is_control() || is_bidi_control(c) || matches!(c, '\u{2028}' | '\u{2029}')), "{label}: {text:?}");
    }
}
