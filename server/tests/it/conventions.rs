//! Rules of this repository that nothing else checks: documents name what exists, files are short, problems have a sentence.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

const DOCUMENTS: [&str; 10] = [
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "README.md",
    "SECURITY.md",
    "docs/benchmarks.md",
    "docs/imports.md",
    "docs/reliability.md",
    "docs/security.md",
    "docs/testing.md",
];
/// CONTRIBUTING.md, "Style".
const MAX_LINES: usize = 300;
/// Codes that only programs get: of JSON bodies, queries of the API, sockets, and what a form redirects or has no need to say.
const API_CODES: [&str; 20] = [
    "bad_body",
    "bad_cursor",
    "bad_host",
    "bad_request",
    "bad_since",
    "dry_run_only",
    "internal",
    "json_expected",
    "live_updates_away",
    "method_not_allowed",
    "not_found",
    "reads_busy",
    "session_forbidden",
    "signed_out",
    "too_many",
    "too_many_reads",
    "too_many_sockets",
    "too_slow",
    "unknown_host",
    "upgrade_required",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: impl AsRef<Path>) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// Every Rust file in these folders, with its text.
fn sources(folders: &[&str]) -> Vec<(PathBuf, String)> {
    let mut folders: Vec<PathBuf> = folders.iter().map(|folder| root().join(folder)).collect();
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                sources.push((path, text));
            }
        }
    }
    assert!(!sources.is_empty());
    sources
}

fn all_sources() -> Vec<(PathBuf, String)> {
    sources(&["app/src", "bench/src", "frontend/src", "server/src", "server/tests"])
}

/// Texts between backquotes, without blocks of code.
fn quoted(document: &str) -> Vec<String> {
    let text = document.split("```").step_by(2).collect::<String>();
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// Names in the text after each `before`.
fn names_after<'a>(text: &'a str, before: &str) -> impl Iterator<Item = &'a str> {
    text.split(before).skip(1).map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default())
}

#[test]
fn documented_tests_and_modules_exist() {
    let sources = all_sources();
    let mut known: BTreeSet<&str> = ["crate", "self"].into();
    for (path, text) in &sources {
        known.extend(path.file_stem().and_then(|stem| stem.to_str()));
        known.extend(["fn ", "mod ", "struct ", "enum ", "trait ", "type ", "const "].iter().flat_map(|kind| names_after(text, kind)));
        // Metrics, problem codes and settings.
        known.extend(text.split('"').filter(|literal| is_name(literal)));
        // Names that a macro makes into tests.
        known.extend(text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|_| text.contains("macro_rules!")));
    }
    let mut missing = Vec::new();
    for document in DOCUMENTS {
        for text in quoted(&read(document)) {
            let text = text.trim_end_matches("()");
            let is_path = text.contains("::") && text.split("::").all(|name| name == "…" || is_name(&name.to_lowercase()));
            let is_sentence = is_name(text) && text.matches('_').count() >= 3;
            if is_path || is_sentence {
                let unknown = text.split("::").find(|name| *name != "…" && !known.contains(name) && !text.ends_with("::*"));
                missing.extend(unknown.map(|name| format!("{document}: {name} in {text}")));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn paths_in_the_architecture_exist() {
    let sources = all_sources();
    let exists = |path: &str| {
        let folders = ["", "app/src", "server/src", "docs"].map(|folder| root().join(folder).join(path));
        folders.iter().any(|path| path.exists() || path.with_extension("rs").exists()) || sources.iter().any(|(source, _)| source.ends_with(path))
    };
    let is_path = |text: &str| {
        let plain = text.chars().all(|c| c.is_alphanumeric() || "_./-".contains(c));
        plain && !text.starts_with(['/', '.']) && (text.contains('/') || text.ends_with(".rs") || text.ends_with(".md"))
    };
    let missing: Vec<_> = quoted(&read("ARCHITECTURE.md")).into_iter().filter(|text| is_path(text) && !exists(text)).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn rust_files_have_at_most_300_lines() {
    let long: Vec<_> = all_sources().into_iter().filter(|(_, text)| text.lines().count() > MAX_LINES).map(|(path, _)| path).collect();
    assert!(long.is_empty(), "{long:#?}");
}

/// Without JavaScript, a form is answered by a redirect with the code; the page shows the sentence for it.
#[test]
fn every_problem_of_a_form_has_a_sentence() {
    let sentences = read("app/src/wording/problems.rs");
    let sentences = sentences.split("fn sentence").nth(1).and_then(|rest| rest.split("\n}\n").next()).unwrap();
    let arms: BTreeSet<&str> = sentences.split('"').filter(|literal| literal.contains('_') && is_name(literal)).collect();
    let sources = sources(&["server/src"]);
    let codes: BTreeSet<&str> = sources.iter().flat_map(|(path, text)| codes(text, path.ends_with("src/error.rs"))).collect();
    assert!(codes.len() > 40, "only {} codes were found", codes.len());
    let without: Vec<_> =
        codes.difference(&arms).filter(|code| !API_CODES.contains(*code)).filter(|code| !sentences.contains(&format!("\"{code}\""))).collect();
    assert!(without.is_empty(), "codes without a sentence in app/src/wording/problems.rs: {without:?}");
    let unused: Vec<_> = arms.iter().filter(|arm| !sources.iter().any(|(_, text)| text.contains(*arm))).collect();
    assert!(unused.is_empty(), "sentences for codes that nothing sends: {unused:?}");
}

/// Codes of problems: the first literal after what makes one; in `error.rs` also those in tables.
fn codes(text: &str, with_tables: bool) -> Vec<&str> {
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    let makers = ["AppError::new(", "Self::new(", "unprocessable(", "refusal(", "code: "];
    let calls = makers.iter().flat_map(|maker| text.split(maker).skip(1)).filter_map(|rest| {
        let literal = rest.split('"').nth(1)?;
        (rest.find('"')? < 80 && is_name(literal)).then_some(literal)
    });
    let tables = text.split('"').filter(|literal| with_tables && (literal.ends_with("_not_found") || literal.ends_with("_forbidden")));
    calls.chain(tables).collect()
}
