//! Several files in one upload.

use std::sync::Arc;

use super::{zip::zip, *};

fn upload_all(files: &[(&str, &[u8])]) -> Upload {
    let mut spool = tempfile::tempfile().unwrap();
    files.iter().for_each(|(_, content)| spool.write_all(content).unwrap());
    let (spool, mut end) = (Arc::new(spool), 0);
    let to_entry = |(path, content): &(&str, &[u8])| {
        let start = end;
        end += content.len() as u64;
        UploadedFile::new(Arc::clone(&spool), start..end, path)
    };
    Upload::new(files.iter().map(to_entry).collect())
}

/// A list's name, source and ids.
type Found = (String, Option<String>, Vec<String>);

/// The lists, and the reasons of what is in none.
fn read_several(files: &[(&str, &[u8])]) -> (Vec<Found>, Vec<String>) {
    let upload = upload_all(files);
    let inspection = upload.inspect(LIMITS).unwrap();
    let plan = inspection.plan_lists(LIMITS).unwrap();
    let (lines, skipped) = second_pass(&upload, &inspection, &plan, LIMITS).unwrap();
    assert_eq!(lines.len() as u32 + skipped.count, inspection.total);
    let mut lists: Vec<Found> = plan.playlists().iter().map(|list| (list.name.clone(), list.source_name.clone(), Vec::new())).collect();
    for line in lines {
        if let Entry::Video { youtube_id, .. } = line.entry {
            lists[line.list as usize].2.push(youtube_id);
        }
    }
    (lists, skipped.rejected.into_iter().map(|line| line.reason).collect())
}

#[test]
fn files_are_read_each_as_if_it_came_alone() {
    let (first, second, archive) = (format!("video_id\n{A}\n"), format!("https://youtu.be/{B}\n"), zip(&[("in.txt", C.as_bytes())]));
    let files: [(&str, &[u8]); 4] = [("x/a.csv", first.as_bytes()), ("empty.txt", b""), ("notes.md", second.as_bytes()), ("c.zip", &archive)];
    let (lists, refused) = read_several(&files);
    let list = |name: &str, source: &str, id: &str| (name.to_owned(), Some(source.to_owned()), vec![id.to_owned()]);
    assert_eq!(lists, [list("a", "a.csv", A), list("notes", "notes.md", B), list("in", "c.zip", C)]);
    assert_eq!(refused, ["“empty.txt”: This file is empty."]);
}

#[test]
fn shortcuts_of_a_folder_become_one_list_that_is_named_like_it() {
    let shortcut = |id: &str| format!("[InternetShortcut]\r\nURL=https://www.youtube.com/watch?v={id}\r\n");
    let (first, second) = (shortcut(A), shortcut(B));
    let (lists, _) = read_several(&[("Later/One.url", first.as_bytes()), ("Later/Two.url", second.as_bytes())]);
    assert_eq!(lists, [("Later".into(), Some("Later".into()), vec![A.into(), B.into()])]);
}

#[test]
fn archives_beyond_the_limit_are_refused_by_name() {
    let archives: Vec<(String, Vec<u8>)> = (0..52).map(|n| (format!("{n}.zip"), zip(&[(&format!("{n}.txt"), A.as_bytes())]))).collect();
    let files: Vec<(&str, &[u8])> = archives.iter().map(|(name, content)| (name.as_str(), content.as_slice())).collect();
    let (lists, refused) = read_several(&files);
    assert_eq!((lists.len(), refused.len()), (50, 2));
    assert!(refused[0].starts_with("“50.zip”: There are more than 50 ZIP archives"), "{refused:?}");
}

#[test]
fn files_in_an_archive_are_refused_with_the_name_of_both() {
    let archive = zip(&[("in/letter.txt", b"no videos here")]);
    let (_, refused) = read_several(&[("a.txt", A.as_bytes()), ("b.zip", &archive)]);
    assert!(refused[0].starts_with("“in/letter.txt” in “b.zip”: There is no YouTube video"), "{refused:?}");
}
