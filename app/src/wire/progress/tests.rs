//! The format of updates, and which ones are refused.

use super::*;

const GOLDEN: &str = r#"{"job_id":"0192aaaa-0000-7000-8000-000000000001","status":"processing","progress":50,"current_video":5,"total_videos":10,"message":"Processing video 5/10","video_id":"0192aaaa-0000-7000-8000-000000000002","seq":7,"created_at":"2026-11-22T18:20:00.123456Z","list_id":"0192aaaa-0000-7000-8000-000000000003","failed_videos":1,"last_error":{"video_id":"0192aaaa-0000-7000-8000-000000000004","text":"Video is private"},"eta_seconds":12}"#;
const CORE: &str = r#"{"job_id":"0192aaaa-0000-7000-8000-000000000001","status":"completed_with_errors","progress":100,"current_video":2,"total_videos":2,"message":"done"}"#;

#[test]
fn update_round_trips_through_the_golden_json() {
    let update = ProgressUpdate::from_untrusted(GOLDEN.as_bytes()).unwrap();
    assert_eq!(serde_json::to_string(&update).unwrap(), GOLDEN);
}

#[test]
fn stable_core_is_accepted_and_unknown_fields_are_dropped() {
    let update = ProgressUpdate::from_untrusted(CORE.as_bytes()).unwrap();
    assert_eq!(serde_json::to_string(&update).unwrap(), CORE);
    let more = CORE.replace("\"done\"", "\"done\",\"colour\":\"red\",\"error\":null");
    assert_eq!(ProgressUpdate::from_untrusted(more.as_bytes()).unwrap(), update);
}

#[test]
fn waiting_reason_is_sent_and_unknown_ones_are_other() {
    const WAITING: &str = r#"{"job_id":"0192aaaa-0000-7000-8000-000000000001","status":"pending","progress":0,"current_video":0,"total_videos":2,"message":"Waiting for YouTube's quota; 2 videos to go","retry_at":"2026-11-23T08:01:00.000000Z","waiting_reason":"quota"}"#;
    let update = ProgressUpdate::from_untrusted(WAITING.as_bytes()).unwrap();
    assert_eq!(update.waiting_reason, Some(WaitingReason::Quota));
    assert_eq!(serde_json::to_string(&update).unwrap(), WAITING);
    for reason in ["quota", "rate_limited", "network", "refused", "key", "no_news"] {
        let read = ProgressUpdate::from_untrusted(WAITING.replace("\"quota\"", &format!("\"{reason}\"")).as_bytes()).unwrap().waiting_reason.unwrap();
        assert_eq!((read.as_str(), WaitingReason::parse(reason)), (reason, read));
        assert_eq!(serde_json::to_string(&read).unwrap(), format!("\"{reason}\""));
    }
    let later = ProgressUpdate::from_untrusted(WAITING.replace("\"quota\"", "\"solar_flare\"").as_bytes()).unwrap();
    assert_eq!((later.waiting_reason, WaitingReason::parse("solar_flare")), (Some(WaitingReason::Other), WaitingReason::Other));
}

#[test]
fn ranges_are_checked_but_the_percent_formula_is_not() {
    let with = |from: &str, to: &str| ProgressUpdate::from_untrusted(CORE.replace(from, to).as_bytes());
    assert!(with("\"progress\":100", "\"progress\":99").is_ok());
    assert_eq!(with("\"progress\":100", "\"progress\":101"), Err(InvalidUpdate::Range("progress")));
    assert!(matches!(with("\"progress\":100", "\"progress\":-1"), Err(InvalidUpdate::Shape(_))));
    assert_eq!(with("\"total_videos\":2", "\"total_videos\":0"), Err(InvalidUpdate::Range("total_videos")));
    assert_eq!(with("\"total_videos\":2", "\"total_videos\":1"), Err(InvalidUpdate::Range("current_video")));
    assert_eq!(with("\"done\"", "\"done\",\"seq\":0"), Err(InvalidUpdate::Range("seq")));
    assert_eq!(with("\"done\"", "\"done\",\"place\":3"), Err(InvalidUpdate::Range("place")));
    assert!(matches!(with("completed_with_errors", "sleeping"), Err(InvalidUpdate::Shape(_))));
    let long = CORE.replace("done", &"x".repeat(MAX_UPDATE_BYTES));
    assert_eq!(ProgressUpdate::from_untrusted(long.as_bytes()), Err(InvalidUpdate::TooLarge));
}

#[test]
fn frames_are_parsed_by_kind_and_unknown_ones_are_skipped() {
    let heartbeat = Control::Heartbeat { version: "0.1.0".into() };
    assert_eq!(serde_json::to_string(&heartbeat).unwrap(), r#"{"type":"heartbeat","version":"0.1.0"}"#);
    assert_eq!(Frame::parse(r#"{"type":"heartbeat","version":"0.1.0"}"#), Some(Frame::Control(heartbeat)));
    assert!(matches!(Frame::parse(CORE), Some(Frame::Update(_))));
    for control in [Control::Dismissed { job_id: Uuid::nil() }, Control::Removed { job_id: Uuid::max() }] {
        assert_eq!(Frame::parse(&serde_json::to_string(&control).unwrap()), Some(Frame::Control(control)));
    }
    let block = SourceBlock { blocked_until: "2026-11-23T08:01:00Z".parse().unwrap(), reason: WaitingReason::Quota };
    for (block, json) in [
        (Some(block), r#"{"type":"source","blocked_until":"2026-11-23T08:01:00.000000Z","reason":"quota"}"#),
        (None, r#"{"type":"source","blocked_until":null,"reason":null}"#),
    ] {
        assert_eq!(serde_json::to_string(&Control::source(block)).unwrap(), json);
        let Some(Frame::Control(control)) = Frame::parse(json) else { panic!("{json}") };
        assert_eq!(control.source_block(), Some(block));
    }
    assert_eq!(Frame::parse(r#"{"type":"dismissed"}"#), None);
    assert_eq!(Frame::parse(r#"{"type":"from_the_future"}"#), None);
    assert_eq!(Frame::parse("not json"), None);
}

#[test]
fn percent_is_floored() {
    assert_eq!([percent(0, 3), percent(1, 3), percent(2, 3), percent(3, 3)], [0, 33, 66, 100]);
    assert_eq!(percent(u32::MAX, u32::MAX), 100);
}
