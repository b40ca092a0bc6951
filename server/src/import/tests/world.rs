//! Files as other programs write them, with what is right for each: `server/tests/samples/cases` and `server/tests/samples/world`, whose
//! `expected.json` says where each shape was found. See docs/imports.md.

use std::{collections::BTreeMap, path::PathBuf};

use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Expected {
    #[serde(default)]
    lists: Vec<ExpectedList>,
    /// What each rejected line is about.
    #[serde(default)]
    rejected: Vec<String>,
    #[serde(default)]
    not_imported: Vec<String>,
    /// The code of the refusal.
    #[serde(default)]
    refused: Option<String>,
    /// One list with all of the videos is right as well.
    #[serde(default)]
    one_list_ok: bool,
    /// A title may be shortened, or left out.
    #[serde(default)]
    title_loose: bool,
    /// Another name would be right as well.
    #[serde(default)]
    name_loose: bool,
    #[serde(default)]
    order_loose: bool,
    /// Lists by folder are right as well.
    #[serde(default)]
    folders_ok: bool,
    #[serde(default)]
    playlist_ids_optional: bool,
    /// Videos that may be there as well.
    #[serde(default)]
    extra_ok: Vec<String>,
}

#[derive(Deserialize)]
struct ExpectedList {
    name: Option<String>,
    #[serde(default)]
    playlist_id: Option<String>,
    videos: Vec<ExpectedVideo>,
}

#[derive(Deserialize)]
struct ExpectedVideo {
    id: String,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    added: Option<String>,
}

struct Found {
    name: String,
    keys: Vec<String>,
    videos: Vec<(String, Option<String>, Option<String>)>,
    rejected: Vec<String>,
}

fn read(path: &std::path::Path) -> Result<(Vec<Found>, Skipped), ImportError> {
    // Without the number of the case.
    let name = path.file_name().unwrap().to_str().unwrap();
    let name = name.split_once('-').map_or(name, |(_, name)| name);
    let upload = Upload::single(std::fs::File::open(path).unwrap(), name);
    let inspection = upload.inspect(LIMITS)?;
    let plan = inspection.plan_lists(LIMITS)?;
    let (lines, skipped) = second_pass(&upload, &inspection, &plan, LIMITS)?;
    let mut found: Vec<Found> = plan
        .playlists()
        .iter()
        .map(|list| Found { name: list.name.clone(), keys: list.keys.clone(), videos: Vec::new(), rejected: Vec::new() })
        .collect();
    for line in lines {
        let list = &mut found[line.list as usize];
        match line.entry {
            Entry::Video { youtube_id, title, added_at, .. } => {
                // A duplicate is no second video.
                if !list.videos.iter().any(|(id, ..)| *id == youtube_id) {
                    list.videos.push((youtube_id, title, added_at.map(|at| at.to_string())));
                }
            }
            Entry::InvalidId => list.rejected.push(format!("{}: not an id", line.input)),
            Entry::Rejected(reason) => list.rejected.push(format!("{}: {reason}", line.input)),
        }
    }
    Ok((found, skipped))
}

/// What is wrong with the reading of a file.
fn problems(file: &str, path: &std::path::Path, expected: &Expected, strict: bool) -> Vec<String> {
    let mut wrong = Vec::new();
    let (found, skipped) = match (read(path), &expected.refused) {
        (Err(error), Some(code)) if error.code == code => return wrong,
        (Err(error), refused) => return vec![format!("refused as {} instead of {refused:?}: {}", error.code, error.detail)],
        (Ok((found, _)), Some(code)) => return vec![format!("not refused as {code}: {:?}", found.iter().map(|list| &list.name).collect::<Vec<_>>())],
        (Ok(found), None) => found,
    };
    let merged = |lists: &[ExpectedList]| {
        let mut ids: Vec<String> = lists.iter().flat_map(|list| list.videos.iter().map(|video| video.id.clone())).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    };
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    if expected.one_list_ok && found.len() == 1 && expected.lists.len() != 1 {
        let mut ids: Vec<String> = found[0].videos.iter().map(|(id, ..)| id.clone()).collect();
        ids.sort_unstable();
        ids.retain(|id| !expected.extra_ok.contains(id));
        if ids != merged(&expected.lists) {
            wrong.push(format!("one list of {ids:?}"));
        }
    } else if expected.folders_ok && found.len() != expected.lists.len() {
        let mut ids: Vec<String> = found.iter().flat_map(|list| list.videos.iter().map(|(id, ..)| id.clone())).collect();
        ids.sort_unstable();
        if ids != merged(&expected.lists) {
            wrong.push(format!("lists of {ids:?}"));
        }
    } else if found.len() == expected.lists.len() {
        for (found, wanted) in found.iter().zip(&expected.lists) {
            let name = wanted.name.as_deref().unwrap_or(stem);
            if wanted.name.is_some() && !expected.name_loose && found.name.trim() != name.trim() {
                wrong.push(format!("list {:?} instead of {name:?}", found.name));
            }
            if let Some(id) = &wanted.playlist_id
                && !expected.playlist_ids_optional
                && found.keys[0] != format!("youtube:{id}")
            {
                wrong.push(format!("{name}: keys {:?} instead of {id}", found.keys));
            }
            let (mut ids, mut wanted_ids): (Vec<&str>, Vec<&str>) =
                (found.videos.iter().map(|(id, ..)| id.as_str()).collect(), wanted.videos.iter().map(|video| video.id.as_str()).collect());
            if expected.order_loose {
                ids.sort_unstable();
                wanted_ids.sort_unstable();
            }
            if ids != wanted_ids {
                wrong.push(format!("{name}: {ids:?} instead of {wanted_ids:?}"));
                continue;
            }
            for (id, title, added) in &found.videos {
                let wanted = wanted.videos.iter().find(|video| video.id == *id).unwrap();
                let is_title = match (title, &wanted.title) {
                    (None, _) if expected.title_loose => true,
                    (Some(title), Some(wanted)) if expected.title_loose => wanted.contains(title.as_str()) || title.contains(wanted.as_str()),
                    (title, wanted) => title.is_some() == wanted.is_some() && title.as_deref().map(str::trim) == wanted.as_deref().map(str::trim),
                };
                if !is_title {
                    wrong.push(format!("{id}: title {title:?} instead of {:?}", wanted.title));
                }
                // To the second, as the cases have it.
                let seconds = |at: &str| at.parse::<Timestamp>().unwrap().micros() / 1_000_000;
                let wanted_added = wanted.added.clone();
                if wanted_added.is_some() && added.as_deref().map(seconds) != wanted_added.as_deref().map(seconds) {
                    wrong.push(format!("{id}: added {added:?} instead of {wanted_added:?}"));
                }
            }
        }
    } else {
        let describe = |videos: usize, name: &str| format!("{name} ({videos})");
        wrong.push(format!(
            "lists {:?} instead of {:?}",
            found.iter().map(|list| describe(list.videos.len(), &list.name)).collect::<Vec<_>>(),
            expected.lists.iter().map(|list| describe(list.videos.len(), list.name.as_deref().unwrap_or(stem))).collect::<Vec<_>>()
        ));
    }
    let rejected: Vec<String> =
        found.iter().flat_map(|list| list.rejected.clone()).chain(skipped.rejected.into_iter().map(|line| line.reason)).collect();
    if rejected.len() < expected.rejected.len()
        || (strict && expected.rejected.is_empty() && expected.not_imported.is_empty() && !rejected.is_empty())
    {
        wrong.push(format!("rejected {rejected:?} instead of {:?} and {:?}", expected.rejected, expected.not_imported));
    }
    wrong
}

/// `strict`: nothing is rejected but what is expected to be.
fn check(folder: &str, strict: bool) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/samples").join(folder);
    let expected: BTreeMap<String, Expected> = serde_json::from_slice(&std::fs::read(folder.join("expected.json")).unwrap()).unwrap();
    assert!(!expected.is_empty());
    let wrong: Vec<String> = expected
        .iter()
        .flat_map(|(file, expected)| {
            problems(file, &folder.join(file), expected, strict).into_iter().map(move |problem| format!("{file}: {problem}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{} problems:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_case_is_read_as_its_table_says() {
    check("cases", true);
}

#[test]
fn every_file_of_another_program_is_read() {
    check("world", false);
}

#[test]
fn every_shape_of_address_names_its_videos() {
    let links = std::fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/samples/world/links.tsv")).unwrap();
    let lines = links.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let wrong: Vec<String> = lines
        .filter_map(|line| {
            let (address, wanted) = line.split_once('\t')?;
            let wanted = wanted.split('\t').next().unwrap_or_default();
            let found = read_all(address.as_bytes(), LIMITS).map(|(_, lines)| lines).unwrap_or_default();
            let ids = found.into_iter().filter_map(|line| if let Entry::Video { youtube_id, .. } = line.entry { Some(youtube_id) } else { None });
            let found = ids.collect::<Vec<_>>().join(",");
            let found = if found.is_empty() { "-".to_owned() } else { found };
            (!wanted.split('|').any(|wanted| wanted == found)).then(|| format!("{address}: {found} instead of {wanted}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{} problems:\n{}", wrong.len(), wrong.join("\n"));
}
