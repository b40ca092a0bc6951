//! Several lists at once, and dry runs.

use std::fs;

use super::{SIMPLE, TAKEOUT, folder, lists, run};
use crate::{support::zip::zip, system::System};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn archive_becomes_lists_and_a_dry_run_stores_nothing() {
    let system = System::embedded().await;
    let (folder, person) = (folder(), system.sign_up().await);
    let archive = zip(&[("Takeout/playlists/Music-videos.csv", SIMPLE), ("Takeout/playlists/Later-videos.csv", TAKEOUT)]);
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
