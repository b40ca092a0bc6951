//! Answers that were recorded from YouTube, replayed to the clients: `docs/testing.md` says how to record one.

use std::{fs, path::Path};

use serde::Deserialize;

use super::*;

/// A file of `server/tests/recorded`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Recording {
    /// `written` for the one that only shows the format, `recorded` for all others.
    kind: String,
    /// `oembed` or `api`.
    endpoint: String,
    /// What was asked for.
    ids: Vec<String>,
    status: u16,
    #[serde(default)]
    headers: Vec<(String, String)>,
    body: String,
    /// For each id what the client is to make of it: `ok`, a title, or a failure's cause; or one reason to wait for all of them.
    expected: Vec<String>,
}

async fn replay(recording: &Recording) -> Vec<String> {
    let mut response = ResponseTemplate::new(recording.status).set_body_string(recording.body.clone());
    for (name, value) in &recording.headers {
        response = response.append_header(name.as_str(), value.as_str());
    }
    // Where the whole source was refused, the known video would have been as well.
    let is_outage = recording.expected.len() == 1 && WaitingReason::parse(&recording.expected[0]) != WaitingReason::Other;
    let is_outage = is_outage && !matches!(&*recording.expected[0], "network" | "rate_limited");
    let server = if is_outage { server_answering(response).await } else { server_answering_others(response).await };
    let source: Box<dyn Source> = if recording.endpoint == "api" { Box::new(api_at(&server)) } else { Box::new(oembed_at(&server)) };
    match source.look_up(&recording.ids).await {
        Ok(outcomes) => outcomes
            .into_iter()
            .map(|outcome| match outcome {
                Ok(metadata) => metadata.title.unwrap_or_else(|| "ok".into()),
                Err(failure) => failure.cause.as_str().into(),
            })
            .collect(),
        Err(unavailable) => vec![unavailable.waiting_reason.as_str().into()],
    }
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "whoever reads the test's output is to know that nothing real was replayed")]
async fn recorded_answers_are_understood() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorded");
    let (mut written, mut recorded) = (0, 0);
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let recording: Recording = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        match &*recording.kind {
            "written" => written += 1,
            "recorded" => recorded += 1,
            other => panic!("{}: kind {other:?}", path.display()),
        }
        assert_eq!(replay(&recording).await, recording.expected, "{}", path.display());
    }
    assert_eq!(written, 1, "the example keeps the format alive");
    if recorded == 0 {
        println!("no answer of YouTube is recorded in {}: only the written example was replayed", folder.display());
    }
}
