//! What the settings choose, and the emulator through both clients.

use super::*;

fn demo_settings(key: Option<&str>) -> Settings {
    Settings {
        metadata: MetadataMode::Demo,
        demo_speed: 200.0,
        youtube_api_key: key.map(SecretString::from),
        metadata_url: None,
        ..Settings::defaults()
    }
}

#[tokio::test]
async fn settings_choose_the_source() {
    let choose = |mode, key: Option<&str>| {
        let settings = Settings { metadata: mode, ..demo_settings(key) };
        connect(&settings, CancellationToken::new()).map(|source| (source.name(), source.batch())).map_err(|error| error.to_string())
    };
    assert_eq!(choose(MetadataMode::Auto, None), Ok(("oembed", 1)));
    assert_eq!(choose(MetadataMode::Auto, Some(KEY)), Ok(("api", 50)));
    assert_eq!(choose(MetadataMode::Api, Some(KEY)), Ok(("api", 50)));
    assert_eq!(choose(MetadataMode::Oembed, Some(KEY)), Ok(("oembed", 1)));
    assert_eq!(choose(MetadataMode::Demo, None), Ok(("demo", 1)));
    assert_eq!(choose(MetadataMode::Demo, Some(KEY)), Ok(("demo", 50)));
    assert!(choose(MetadataMode::Api, None).unwrap_err().contains("YOUTUBE_API_KEY"));
    for speed in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let settings = Settings { demo_speed: speed, ..demo_settings(None) };
        assert!(connect(&settings, CancellationToken::new()).is_err_and(|error| error.to_string().contains("DEMO_SPEED")));
    }
}

#[tokio::test]
async fn another_address_comes_from_the_settings() {
    let server = MockServer::start().await;
    let path_of = |request: &Request| request.url.path().to_owned();
    Mock::given(method("GET")).respond_with(title("Over there")).mount(&server).await;
    let settings =
        Settings { metadata: MetadataMode::Oembed, metadata_url: Some(format!("{}/below/", server.uri()).parse().unwrap()), ..Settings::defaults() };
    let source = connect(&settings, CancellationToken::new()).unwrap();
    assert_eq!(one(&*source).await.unwrap().unwrap().title.as_deref(), Some("Over there"));
    assert_eq!(path_of(&server.received_requests().await.unwrap()[0]), "/below/oembed");
}

/// The first of the generated ids whose fate is as wanted.
fn id_with(wanted: impl Fn(&str) -> bool) -> String {
    (0..).map(|n| format!("demo-{n:06}")).find(|id| wanted(id)).unwrap()
}

#[tokio::test]
async fn the_emulator_through_both_clients() {
    let ok = id_with(|id| matches!(demo::fate(id), demo::Fate::Ok { is_embeddable: true, .. }));
    let untold = id_with(|id| matches!(demo::fate(id), demo::Fate::Ok { is_embeddable: false, .. }));
    let private = id_with(|id| demo::fate(id) == demo::Fate::Private);
    let deleted = id_with(|id| demo::fate(id) == demo::Fate::Deleted);
    let expected = demo::fate(&ok).metadata().unwrap();

    let oembed = connect(&demo_settings(None), CancellationToken::new()).unwrap();
    let outcomes = oembed.look_up(&[ok.clone(), private.clone(), deleted.clone(), untold.clone()]).await.unwrap();
    assert_eq!(outcomes[0], Ok(Metadata { duration_seconds: None, ..expected.clone() }));
    assert_eq!(outcomes[1], Err(failure(FailureCause::Unavailable, "Video is private")));
    assert_eq!(outcomes[2].clone().unwrap_err().cause, FailureCause::Unavailable);
    let reason = Some(VideoReason::EmbeddingDisabled);
    assert_eq!(outcomes[3], Ok(Metadata { title: None, channel: None, duration_seconds: None, reason }));

    let api = connect(&demo_settings(Some(KEY)), CancellationToken::new()).unwrap();
    let outcomes = api.look_up(&[private, ok, deleted, untold.clone()]).await.unwrap();
    assert_eq!(outcomes[1], Ok(expected));
    assert_eq!(outcomes[3], Ok(demo::fate(&untold).metadata().unwrap()));
    assert_eq!(outcomes[3].as_ref().unwrap().reason, reason);
    assert!(outcomes[0].is_err() && outcomes[2].is_err());
}

#[tokio::test]
async fn the_emulator_answers_a_whole_list_in_every_run_alike() {
    let all: Vec<String> =
        include_str!("../../../tests/samples/large-2000.csv").lines().skip(1).take(400).map(|line| line[..11].to_owned()).collect();
    let source = connect(&demo_settings(None), CancellationToken::new()).unwrap();
    let run = || async {
        let calls = all.iter().map(|id| source.look_up(std::slice::from_ref(id)));
        let outcomes: Vec<_> = futures::StreamExt::collect(futures::StreamExt::buffered(futures::stream::iter(calls), 16)).await;
        outcomes.into_iter().map(|outcome| outcome.unwrap().remove(0)).collect::<Vec<_>>()
    };
    let first = run().await;
    assert_eq!(first, run().await);
    for (id, outcome) in all.iter().zip(first) {
        let expected = demo::fate(id).metadata().map(|metadata| metadata.title.filter(|_| metadata.reason.is_none()));
        assert_eq!(outcome.ok().map(|metadata| metadata.title), expected, "{id}");
    }
}
