//! The rules that hold for every file.

use std::{collections::BTreeSet, io::Write};

use server::internals::import::{Entry, ImportError, ImportLimits, ImportLine, Inspection, Plan, Skipped, Upload, is_id};
use tokio::sync::mpsc;

/// Small, so that inputs reach them.
pub(crate) const LIMITS: ImportLimits = ImportLimits { bytes: 4 << 20, lines: 20_000, unpacked: 8 << 20, entries: 50 };
/// Larger inputs are not tried as UTF-16: detection would see another part of them.
const MAX_RECODED_BYTES: usize = 60_000;

/// A rough description of the answer to an input; `Err` when a rule is broken.
pub(crate) fn check(input: &[u8]) -> Result<String, String> {
    let upload = upload(input);
    let inspection = match upload.inspect(LIMITS) {
        Ok(inspection) => inspection,
        Err(error) => return refused(&error),
    };
    let (all, skipped) = lines(&upload, &inspection, &inspection.plan_single_list())?;
    if !skipped.rejected.is_empty() {
        return Err("into one list, something was passed over".into());
    }
    let kinds = check_lines(&all)?;
    check_utf16(input, &inspection, &all)?;
    let lists = match inspection.plan_lists(LIMITS) {
        Ok(plan) => {
            let (several, skipped) = lines(&upload, &inspection, &plan)?;
            if several.len() as u32 + skipped.count != inspection.total {
                return Err(format!("{} lines and {} skipped are not {}", several.len(), skipped.count, inspection.total));
            }
            check_lines(&several)?;
            plan.playlists().len().min(4)
        }
        Err(error) => return refused(&error),
    };
    Ok(format!("{:?} {lists} {kinds:?} {}", inspection.format, inspection.total.ilog2()))
}

fn upload(input: &[u8]) -> Upload {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(input).unwrap();
    Upload::single(file, "input.csv")
}

fn refused(error: &ImportError) -> Result<String, String> {
    let is_sentence = error.detail.ends_with('.') && error.detail.len() > 30;
    if is_sentence && error.code != "unreadable_file" { Ok(error.code.into()) } else { Err(format!("a refusal that helps nobody: {error:?}")) }
}

/// The second pass; it must agree with the first.
fn lines(upload: &Upload, inspection: &Inspection, plan: &Plan) -> Result<(Vec<ImportLine>, Skipped), String> {
    let (sender, mut receiver) = mpsc::channel(LIMITS.lines as usize + 1);
    let skipped = upload.send_lines(inspection, plan, LIMITS, &sender);
    drop(sender);
    let mut lines = Vec::new();
    while let Ok(line) = receiver.try_recv() {
        lines.push(line.map_err(|error| format!("the second pass refused what the first one took: {error}"))?);
    }
    if lines.len() as u32 + skipped.count == inspection.total { Ok((lines, skipped)) } else { Err("the passes disagree".into()) }
}

/// Checks that every line is well-formed and that numbers increase within a list.
fn check_lines(lines: &[ImportLine]) -> Result<BTreeSet<&'static str>, String> {
    let (mut kinds, mut last) = (BTreeSet::new(), std::collections::HashMap::new());
    for line in lines {
        if last.insert(line.list, line.line).unwrap_or(0) >= line.line {
            return Err(format!("line {} comes twice in list {}", line.line, line.list));
        }
        let shown = !line.input.is_empty() && line.input.chars().count() <= 500 && !line.input.contains(char::is_control);
        let (kind, fits) = match &line.entry {
            Entry::Video { youtube_id, title, .. } => {
                ("video", is_id(youtube_id) && title.as_ref().is_none_or(|title| !title.contains(char::is_control)))
            }
            Entry::InvalidId => ("invalid", true),
            Entry::Rejected(reason) => ("rejected", reason.ends_with('.')),
        };
        if !shown || !fits {
            return Err(format!("a line that cannot be shown or stored: {line:?}"));
        }
        kinds.insert(kind);
    }
    Ok(kinds)
}

/// The same text in another encoding has the same lines. One with NUL may be in another encoding already.
fn check_utf16(input: &[u8], inspection: &Inspection, lines_before: &[ImportLine]) -> Result<(), String> {
    let is_narrow = |text: &&str| text.len() < MAX_RECODED_BYTES && !text.starts_with(['\u{feff}', 'P']) && !text.contains('\0');
    let Some(text) = std::str::from_utf8(input).ok().filter(is_narrow) else { return Ok(()) };
    let to_utf16: Vec<u8> = std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let upload = upload(&to_utf16);
    let again = upload.inspect(LIMITS).map_err(|error| format!("in UTF-16 it is refused: {error}"))?;
    let (lines, _) = lines(&upload, &again, &again.plan_single_list())?;
    if again.format == inspection.format && lines == lines_before { Ok(()) } else { Err("in UTF-16 it is read differently".into()) }
}
