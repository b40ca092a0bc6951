//! What the settings choose, and the emulator through both clients.

use super::{
    demo::{EmulatedVideo, emulated_video},
    *,
};

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
        connect(&settings, CancellationToken::new()).map(|source| (source.name(), source.batch_size())).map_err(|error| error.to_string())
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
async fn source_address_can_be_set() {
    let server = MockServer::start().await;
    let path_of = |request: &Request| request.url.path().to_owned();
    Mock::given(method("GET")).respond_with(title_answer("Over there")).mount(&server).await;
    let settings =
        Settings { metadata: MetadataMode::Oembed, metadata_url: Some(format!("{}/below/", server.uri()).parse().unwrap()), ..Settings::defaults() };
    let source = connect(&settings, CancellationToken::new()).unwrap();
    assert_eq!(look_up_one(&*source).await.unwrap().unwrap().title.as_deref(), Some("Over there"));
    assert_eq!(path_of(&server.received_requests().await.unwrap()[0]), "/below/oembed");
}

fn id_of(wanted: impl Fn(&EmulatedVideo) -> bool) -> String {
    (0..).map(|n| format!("demo-{n:06}")).find(|id| wanted(&emulated_video(id))).unwrap()
}

/// What the `api` endpoint tells of a video.
fn metadata(id: &str) -> Option<Metadata> {
    let EmulatedVideo::Public { title, channel, duration_seconds, is_embeddable } = emulated_video(id) else { return None };
    Some(Metadata {
        title: Some(title),
        channel: Some(channel),
        duration_seconds: Some(duration_seconds),
        reason: (!is_embeddable).then_some(VideoReason::EmbeddingDisabled),
    })
}

#[tokio::test]
async fn emulator_answers_both_clients() {
    let ok = id_of(|video| matches!(video, EmulatedVideo::Public { is_embeddable: true, .. }));
    let unembeddable = id_of(|video| matches!(video, EmulatedVideo::Public { is_embeddable: false, .. }));
    let private = id_of(|video| *video == EmulatedVideo::Private);
    let deleted = id_of(|video| *video == EmulatedVideo::Deleted);
    let expected = metadata(&ok).unwrap();

    let oembed = connect(&demo_settings(None), CancellationToken::new()).unwrap();
    let outcomes = oembed.look_up(&[ok.clone(), private.clone(), deleted.clone(), unembeddable.clone()]).await.unwrap();
    assert_eq!(outcomes[0], Ok(Metadata { duration_seconds: None, ..expected.clone() }));
    assert_eq!(outcomes[1], Err(Failure::new(FailureCause::Unavailable, "Video is private")));
    assert_eq!(outcomes[2].clone().unwrap_err().cause, FailureCause::Unavailable);
    let reason = Some(VideoReason::EmbeddingDisabled);
    assert_eq!(outcomes[3], Ok(Metadata { title: None, channel: None, duration_seconds: None, reason }));

    let api = connect(&demo_settings(Some(KEY)), CancellationToken::new()).unwrap();
    let outcomes = api.look_up(&[private, ok, deleted, unembeddable.clone()]).await.unwrap();
    assert_eq!(outcomes[1], Ok(expected));
    assert_eq!(outcomes[3], Ok(metadata(&unembeddable).unwrap()));
    assert_eq!(outcomes[3].as_ref().unwrap().reason, reason);
    assert!(outcomes[0].is_err() && outcomes[2].is_err());
}

#[tokio::test]
async fn emulator_gives_the_same_answers_in_every_run() {
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
        let expected = metadata(id).map(|metadata| metadata.title.filter(|_| metadata.reason.is_none()));
        assert_eq!(outcome.ok().map(|metadata| metadata.title), expected, "{id}");
    }
}
