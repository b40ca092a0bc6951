//! Several lists and several files at once, and dry runs.

use std::fs;

use app::wire::{Job, Page};

use super::{SIMPLE, TAKEOUT, folder, lists, lost_answer::RecordingProxy, run};
use crate::{support::zip::zip, system::System};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn archive_becomes_lists_and_a_dry_run_stores_nothing() {
    let system = System::embedded().await;
    let (folder, person) = (folder(), system.sign_up().await);
    let archive = zip(&[("Takeout/playlists/Music-videos.csv", SIMPLE.as_bytes()), ("Takeout/playlists/Later-videos.csv", TAKEOUT.as_bytes())]);
    fs::write(folder.path().join("takeout.zip"), archive).unwrap();
    let import = async |args: &[&str]| run(folder.path(), &person, &system.base, args).wait_for_exit().await;

    let preview = import(&["takeout.zip", "--dry-run"]).await;
    assert_eq!((preview.code, preview.stderr.as_str()), (0, ""));
    for line in ["Music (Google Takeout archive): 10 videos would be new", "Later (Google Takeout archive): 40 videos would be new"] {
        assert!(preview.lines.iter().any(|printed| printed == line), "{:?}", preview.lines);
    }
    assert!(lists(&person).await.is_empty());

    let imported = import(&["takeout.zip", "--receipt", "receipts"]).await;
    assert_eq!((imported.code, imported.stderr.as_str()), (1, ""));
    for line in [
        "Music: 10 of 10 videos looked up.",
        "Receipt: receipts/takeout.Music.receipt.csv",
        "Later: 38 of 40 videos looked up, 2 failed (2 unavailable).",
        "Receipt: receipts/takeout.Later.receipt.csv",
    ] {
        assert!(imported.lines.iter().any(|printed| printed == line), "{:?}", imported.lines);
    }
    assert_eq!(fs::read_to_string(folder.path().join("receipts/takeout.Later.receipt.csv")).unwrap().lines().count(), 41);
    assert_eq!(lists(&person).await.len(), 2);

    for (list, line) in [("New", "New (CSV table): 10 videos would be new"), ("Music", "Music (CSV table): 0 videos would be new, 10 already there")]
    {
        let preview = import(&["simple.csv", "--dry-run", "--list", list]).await;
        assert_eq!((preview.code, preview.lines[0].as_str()), (0, line));
    }
    assert_eq!(lists(&person).await.len(), 2, "a dry run creates no list");
    let again = import(&["takeout.zip"]).await;
    assert_eq!((again.code, again.lines.len()), (0, 2), "nothing is new: {:?}", again.lines);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_files_become_lists_with_a_receipt_beside_each() {
    let system = System::embedded().await;
    let (folder, person) = (folder(), system.sign_up().await);
    fs::create_dir(folder.path().join("more")).unwrap();
    fs::rename(folder.path().join("takeout.csv"), folder.path().join("more/Later-videos.csv")).unwrap();
    fs::write(folder.path().join("letter.txt"), "Dear all, this is no list.").unwrap();
    let import = async |args: &[&str]| run(folder.path(), &person, &system.base, args).wait_for_exit().await;

    let ended = import(&["simple.csv", "more/Later-videos.csv", "letter.txt"]).await;
    assert_eq!((ended.code, ended.stderr.as_str()), (1, ""));
    for line in [
        "simple (CSV table): 10 videos new",
        "Later (Google Takeout): 40 videos new",
        "Receipt: ./simple.simple.receipt.csv",
        "Receipt: more/Later-videos.Later.receipt.csv",
    ] {
        assert!(ended.lines.iter().any(|printed| printed == line), "{line}: {:?}", ended.lines);
    }
    assert!(ended.lines.iter().any(|line| line.starts_with("  “letter.txt”: ")), "{:?}", ended.lines);
    let jobs: Page<Job> = person.get("/api/jobs").await;
    let mut names: Vec<_> = jobs.items.into_iter().map(|job| job.source_name).collect();
    names.sort_unstable();
    assert_eq!(names, ["Later-videos.csv", "simple.csv"]);

    let before = lists(&person).await.len();
    let preview = import(&["simple.csv", "more/Later-videos.csv", "--dry-run"]).await;
    assert_eq!((preview.code, lists(&person).await.len()), (0, before));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dry_run_into_a_new_list_makes_nothing() {
    let system = System::embedded().await;
    let (folder, person) = (folder(), system.sign_up().await);
    fs::write(folder.path().join("ids.csv"), "video_id\n8pDPkXZAtUt\nnot-an-id\n8pDPkXZAtUt\n").unwrap();
    let proxy = RecordingProxy::to(&system.base).await;
    let preview = run(folder.path(), &person, &proxy.address, &["ids.csv", "--dry-run", "--list", "Tours & more"]).wait_for_exit().await;
    assert_eq!((preview.code, preview.lines[0].as_str()), (1, "Tours & more (CSV table): 1 video would be new, 1 not an id, 1 already there"));
    let sent = proxy.sent();
    assert!(!sent.contains("POST /api/lists ") && !sent.contains("DELETE "), "no list is made, not even for a moment: {sent}");
    assert!(lists(&person).await.is_empty());
}
