//! `playmarks import`: the real binary against a running system.

mod archive;
mod lost_answer;
mod program;

use std::{fs, path::Path};

use app::wire::{JobStatus, List, Page, Video};
use serde_json::{Value, json};
use tempfile::TempDir;

use self::program::{Exited, Program, ServerProxy};
use super::{System, on_both};
use crate::support::person::Person;

const SIMPLE: &str = include_str!("../../samples/simple.csv");
const TAKEOUT: &str = include_str!("../../samples/takeout-now.csv");

on_both!(
    json_output_follows_an_import_to_its_end,
    failures_are_printed_and_the_receipt_is_saved_beside_the_file,
    ctrl_c_leaves_the_job_running_and_watch_follows_it_again,
    client_reconnects_after_a_server_restart,
);

fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("simple.csv"), SIMPLE).unwrap();
    fs::write(folder.path().join("takeout.csv"), TAKEOUT).unwrap();
    folder
}

fn run(folder: &Path, person: &Person, server: &str, args: &[&str]) -> Program {
    Program::start(folder, server, &person.refresh, args)
}

async fn lists(person: &Person) -> Vec<List> {
    person.get::<Page<List>>("/api/lists").await.items
}

async fn json_output_follows_an_import_to_its_end(system: System) {
    let (folder, person) = (folder(), system.sign_up().await);
    let mut program = run(folder.path(), &person, &system.base, &["simple.csv", "--list", "Cooking", "--json", "--receipt", "told/it.csv"]);
    let uploaded = program.event().await;
    let list = lists(&person).await.remove(0);
    let job = uploaded["job_id"].clone();
    let golden = json!({
        "event": "uploaded", "list_id": list.id, "list_name": "Cooking", "job_id": job, "format": "csv",
        "total": 10, "accepted": 10, "duplicates": 0, "rejected": [], "rejected_count": 0,
    });
    assert_eq!(uploaded, golden);

    let mut seqs = vec![0];
    let ended = loop {
        let event = program.event().await;
        if event["event"] != "progress" {
            break event;
        }
        assert_eq!((&event["job_id"], &event["list_id"], &event["total_videos"]), (&job, &json!(list.id), &json!(10)));
        seqs.push(event["seq"].as_u64().unwrap());
    };
    assert!(seqs.len() > 2 && seqs.windows(2).all(|pair| pair[0] < pair[1]), "{seqs:?}");
    let golden = json!({
        "event": "ended", "job_id": job, "list_id": list.id, "status": "completed", "total": 10, "succeeded": 10, "failed": 0,
        "not_tried": 0, "causes": {}, "receipt": "told/it.csv",
    });
    assert_eq!(ended, golden);
    let Exited { code, lines, stderr } = program.wait_for_exit().await;
    assert_eq!((code, lines.len(), stderr.as_str()), (0, 0, ""));
    assert_eq!(fs::read_to_string(folder.path().join("told/it.csv")).unwrap().lines().count(), 11);

    // Again into the same list: nothing is new, which is no failure.
    let again = run(folder.path(), &person, &system.base, &["simple.csv", "--list", "Cooking", "--json"]).wait_for_exit().await;
    let uploaded: Value = serde_json::from_str(&again.lines[0]).unwrap();
    assert_eq!((again.code, again.lines.len(), &uploaded["job_id"], &uploaded["duplicates"]), (0, 1, &Value::Null, &json!(10)));
    assert_eq!(lists(&person).await.len(), 1, "the list was found by its name");
}

async fn failures_are_printed_and_the_receipt_is_saved_beside_the_file(system: System) {
    let (folder, person) = (folder(), system.sign_up().await);
    fs::write(folder.path().join("takeout.receipt.csv"), "corrected by hand").unwrap();
    let ended = run(folder.path(), &person, &system.base, &["takeout.csv", "--list", "Later"]).wait_for_exit().await;
    assert_eq!((ended.code, ended.stderr.as_str()), (1, ""));
    assert_eq!(ended.lines[0], "Later (Google Takeout): 40 videos new");
    assert!(ended.lines.contains(&"40/40 videos, 2 failed".into()), "{:?}", ended.lines);
    let last = &ended.lines[ended.lines.len() - 2..];
    assert_eq!(last, ["Later: 38 of 40 videos looked up, 2 failed (2 unavailable).", "Receipt: ./takeout.receipt-2.csv"]);
    assert_eq!(fs::read_to_string(folder.path().join("takeout.receipt.csv")).unwrap(), "corrected by hand");
    assert_eq!(fs::read_to_string(folder.path().join("takeout.receipt-2.csv")).unwrap().lines().count(), 41);
}

/// Starts a slow job, and returns when its first video is finished.
async fn start_slow_import(system: &mut System, person: Person, folder: &Path, proxy: Option<&ServerProxy>) -> (Person, Program, Value, u64) {
    system.stop().await;
    system.set_speed(1.0);
    system.run().await;
    let person = person.at(&system.base);
    let base = proxy.map_or(system.base.as_str(), |proxy| {
        proxy.forward_to(&system.base);
        &proxy.address
    });
    let mut program = run(folder, &person, base, &["takeout.csv", "--list", "Later", "--json"]);
    let job = program.event().await["job_id"].clone();
    loop {
        let event = program.event().await;
        if event["current_video"].as_u64() > Some(0) {
            return (person, program, job, event["seq"].as_u64().unwrap());
        }
    }
}

async fn ctrl_c_leaves_the_job_running_and_watch_follows_it_again(mut system: System) {
    let (folder, person) = (folder(), system.sign_up().await);
    let (person, program, job, _) = start_slow_import(&mut system, person, folder.path(), None).await;
    program.interrupt();
    let ended = program.wait_for_exit().await;
    assert_eq!(ended.code, 130);
    let detached: Value = serde_json::from_str(ended.lines.last().unwrap()).unwrap();
    assert_eq!(detached, json!({ "event": "detached", "jobs": [job] }));

    let job = job.as_str().unwrap();
    let ended = run(folder.path(), &person, &system.base, &["--watch", job]).wait_for_exit().await;
    assert_eq!(ended.code, 1);
    let last = &ended.lines[ended.lines.len() - 2..];
    assert_eq!(last, ["38 of 40 videos looked up, 2 failed (2 unavailable).".to_owned(), format!("Receipt: ./{job}.receipt.csv")]);
    // A job that has ended is reported immediately.
    let ended = run(folder.path(), &person, &system.base, &["--watch", job]).wait_for_exit().await;
    assert_eq!((ended.code, ended.lines.len()), (1, 2));
}

async fn client_reconnects_after_a_server_restart(mut system: System) {
    let (folder, person) = (folder(), system.sign_up().await);
    let proxy = ServerProxy::to(&system.base).await;
    let (person, mut program, job, mut seq) = start_slow_import(&mut system, person, folder.path(), Some(&proxy)).await;
    system.stop().await;
    system.set_speed(50.0);
    system.run().await;
    proxy.forward_to(&system.base);
    let mut connection_changes = Vec::new();
    let ended = loop {
        let event = program.event().await;
        match event["event"].as_str().unwrap() {
            "progress" => {
                assert!(event["seq"].as_u64().unwrap() > seq, "`seq` strictly grows: {event}");
                seq = event["seq"].as_u64().unwrap();
            }
            "connection" => connection_changes.push(event["live"].as_bool().unwrap()),
            _ => break event,
        }
    };
    assert_eq!(connection_changes, [false, true]);
    assert_eq!((&ended["job_id"], &ended["status"], &ended["succeeded"]), (&job, &json!("completed_with_errors"), &json!(38)));
    assert_eq!(program.wait_for_exit().await.code, 1);
    let person = person.at(&system.base);
    let list = lists(&person).await.remove(0);
    let videos: Page<Video> = person.get(&format!("/api/lists/{}/videos?limit=500", list.id)).await;
    assert_eq!(videos.items.len(), 40);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn impossible_imports_are_refused_with_a_message() {
    let system = System::embedded().await;
    let (folder, person) = (folder(), system.sign_up().await);
    let token = person.token();
    fs::write(folder.path().join("words.txt"), "no videos here").unwrap();
    let nobody = "http://127.0.0.1:9";
    let no_job = uuid::Uuid::new_v4().to_string();
    for (server, token, args, word) in [
        (system.base.as_str(), token.as_str(), &["words.txt", "--list", "New"][..], "words.txt"),
        (&system.base, &token, &["absent.csv", "--list", "New"], "absent.csv could not be read"),
        (&system.base, &token, &[".", "--list", "New"], "is not a file"),
        (&system.base, &token, &["simple.csv", "takeout.csv", "--list", "New"], "Only one file"),
        (&system.base, &token, &["simple.csv", "absent.csv"], "absent.csv could not be read"),
        (&system.base, "nonsense", &["simple.csv", "--list", "New"], "PLAYMARKS_TOKEN"),
        (&system.base, "a.b.c", &["simple.csv", "--list", "New"], "not signed in"),
        (&system.base, "", &["simple.csv", "--list", "New"], "Set PLAYMARKS_TOKEN"),
        (&system.base, &token, &["--watch", &no_job], "no such job"),
        (nobody, "a.b.c", &["simple.csv"], "--server"),
        ("ftp://127.0.0.1", "a.b.c", &["simple.csv"], "--server"),
        (&system.base, &token, &[], "FILE"),
        (&system.base, &token, &["simple.csv", "--watch", &no_job], "--watch"),
    ] {
        let ended = Program::start(folder.path(), server, token, args).wait_for_exit().await;
        assert_eq!(ended.code, 2, "{args:?} {}", ended.stderr);
        if word != "words.txt" {
            assert!(ended.stderr.contains(word), "{args:?}: {}", ended.stderr);
        }
        assert_eq!(ended.lines.len(), 0, "{args:?}");
    }
    assert_eq!(lists(&person).await.len(), 0, "a refused file leaves no list behind");

    let ended = Program::start(folder.path(), &system.base, &token, &["words.txt", "--list", "New", "--json"]).wait_for_exit().await;
    let refused: Value = serde_json::from_str(&ended.lines[0]).unwrap();
    assert_eq!((ended.code, &refused["event"], &refused["code"]), (2, &json!("refused"), &json!("nothing_recognised")));
    assert!(refused["detail"].as_str().is_some_and(|detail| detail.len() > 30));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn watch_ends_when_the_list_is_deleted() {
    let mut system = System::embedded().await;
    let (folder, person) = (folder(), system.sign_up().await);
    let (person, program, job, _) = start_slow_import(&mut system, person, folder.path(), None).await;
    let list = lists(&person).await.remove(0).id;
    assert_eq!(person.status(reqwest::Method::DELETE, &format!("/api/lists/{list}")).await, 204);
    let ended = program.wait_for_exit().await;
    let last: Value = serde_json::from_str(ended.lines.last().unwrap()).unwrap();
    assert_eq!((ended.code, &last["job_id"], &last["status"], &last["receipt"]), (1, &job, &json!("removed"), &Value::Null));
    assert_eq!(JobStatus::parse("removed"), None, "it is no status of a job");
}
