//! Ids that always get a certain response, and outages of the whole source, for trying out failures. Each is taken from public reports and not
//! from what the client expects; `docs/testing.md` has the table, with the sources.

/// The response to every call that asks for an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::metadata) enum Scenario {
    /// oEmbed says 401; the Data API has the video, `embeddable` false.
    EmbeddingDisabled,
    /// oEmbed says 403; absent from `videos.list`.
    Private,
    /// oEmbed says it in the body of a 200.
    PrivateInBody,
    /// oEmbed says 404; absent from `videos.list`.
    Deleted,
    ServerError,
    /// 200 with a page for people.
    Page,
    /// 200 with `{}`.
    EmptyObject,
    /// A body that never ends.
    Endless,
    /// A body that ends before the length that was announced.
    CutShort,
    NoResponse,
}

const SCENARIOS: [(&str, Scenario); 10] = [
    ("case-401", Scenario::EmbeddingDisabled),
    ("case-403", Scenario::Private),
    ("case-word", Scenario::PrivateInBody),
    ("case-404", Scenario::Deleted),
    ("case-500", Scenario::ServerError),
    ("case-page", Scenario::Page),
    ("case-void", Scenario::EmptyObject),
    ("case-long", Scenario::Endless),
    ("case-part", Scenario::CutShort),
    ("case-mute", Scenario::NoResponse),
];

impl Scenario {
    /// By the beginning of the id; `None` for a usual one.
    pub(super) fn for_id(id: &str) -> Option<Self> {
        SCENARIOS.iter().find(|(prefix, _)| id.starts_with(prefix)).map(|(_, scenario)| *scenario)
    }

    /// About the video. The others are about the call: no answer for any id in it.
    pub(super) fn is_about_video(self) -> bool {
        matches!(self, Self::EmbeddingDisabled | Self::Private | Self::PrivateInBody | Self::Deleted)
    }
}

/// What is wrong with the whole source, whatever is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(test), expect(dead_code, reason = "only tests let everything fail; a demo is for trying the product"))]
pub(in crate::metadata) enum Outage {
    /// oEmbed says 403 to everything.
    Forbidden,
    /// 200 with a captcha page.
    CaptchaPage,
    /// 429 with a captcha page.
    CaptchaStatus,
    /// A redirect to Google's "sorry".
    CaptchaRedirect,
    /// A redirect to the consent form.
    ConsentRedirect,
    ServerError,
    /// `videos.list` is empty.
    NoItems,
}

/// Of Google's errors: status and reason. In the demo, a key with the name of one is refused for it.
pub(super) const KEY_ERRORS: [(u16, &str); 6] = [
    (403, "quotaExceeded"),
    (403, "dailyLimitExceeded"),
    (400, "keyInvalid"),
    (400, "API_KEY_INVALID"),
    (403, "API_KEY_SERVICE_BLOCKED"),
    (403, "accessNotConfigured"),
];
