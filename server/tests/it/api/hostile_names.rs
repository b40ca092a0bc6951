//! Every page, answer and download of somebody whose names are hostile, compared with those of somebody whose names are harmless.

mod check;
mod routes;
mod world;

use reqwest::{Method, header};

use self::{
    check::{Answer, check_alike, check_plain},
    routes::{Visit, visits},
    world::World,
};
use super::site::Site;

/// For lists, files, titles, channels, messages and inputs.
fn hostile_names() -> Vec<String> {
    let mut names: Vec<String> = [
        "</title><script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "'><svg/onload=alert(1)> {{7*7}} ${7*7}",
        "</script><!--<script>",
        "]]></textarea></style>-->",
        "two\r\nSet-Cookie: a=b\r\n\r\n<b>lines</b>",
        "\u{202e}gpj.exe\u{2066}\u{200f}<i>",
        "=cmd|'/C calc'!A0",
        "a;=1+1,\"＝2\t@3",
        "nul\0 &#0; %00 \\u0000 \u{1b}[31m",
        "\\ud800 &#xD800; %ED%A0%80 \u{fffd}\u{2028}",
        "../../etc/passwd\\..\\con:a*?",
    ]
    .map(Into::into)
    .into();
    names.push(format!("x{}", "é".repeat(127)));
    names
}

async fn visit(world: &World, visit: &Visit) -> Answer {
    let request = world.browser.request(Method::GET, &visit.url);
    Answer::read(request.header(header::ACCEPT, "*/*").send().await.unwrap()).await
}

#[tokio::test]
async fn names_never_become_markup_headers_formulas_or_commands() {
    let (hostile_site, harmless_site) = (Site::start().await, Site::start().await);
    let names = hostile_names();
    let harmless: Vec<String> = (0..names.len()).map(|n| format!("Name {n}")).collect();
    let hostile_world = World::build(&hostile_site, "\"><b/onclick=x>&amp;@example.org", &names).await;
    let harmless_world = World::build(&harmless_site, "ann@example.org", &harmless).await;
    let (hostile_visits, harmless_visits) = (visits(&hostile_world, &names), visits(&harmless_world, &harmless));
    assert_eq!(hostile_visits.len(), harmless_visits.len());
    let mut shown = String::new();
    for (hostile, harmless) in hostile_visits.iter().zip(&harmless_visits) {
        assert_eq!(hostile.label, harmless.label);
        let answer = visit(&hostile_world, hostile).await;
        check_alike(&hostile.label, &answer, &visit(&harmless_world, harmless).await);
        shown.push_str(&answer.text_of_page());
    }
    for seen in
        ["</title><script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "]]></textarea></style>-->", "\"><b/onclick=x>&amp;@example.org"]
    {
        assert!(shown.contains(seen), "{seen} is shown as it is");
    }
}

#[tokio::test]
async fn previews_of_hostile_files_have_no_markup_of_theirs() {
    let (hostile_site, harmless_site) = (Site::start().await, Site::start().await);
    let names = hostile_names();
    let harmless: Vec<String> = (0..names.len()).map(|n| format!("Name {n}")).collect();
    let hostile_world = World::build(&hostile_site, "ann@example.org", &names[..1]).await;
    let harmless_world = World::build(&harmless_site, "ann@example.org", &harmless[..1]).await;
    for (n, (hostile, harmless)) in names.iter().zip(&harmless).enumerate() {
        for form in ["/lists/{id}/upload/preview", "/imports/preview", "/lists/{id}/upload/import", "/imports/import"] {
            let send = async |world: &World, name: &str| {
                let path = form.replace("{id}", &world.lists[0].to_string());
                Answer::read(world.browser.send_file(&path, &world::file_name(name), world::file(n + 1, name).as_bytes()).await).await
            };
            let answer = send(&hostile_world, hostile).await;
            assert!(answer.is_html() && answer.status == 200, "{form} {hostile:?} {answer:?}");
            check_alike(&format!("{form} with {hostile:?}"), &answer, &send(&harmless_world, harmless).await);
        }
    }
}

#[tokio::test]
async fn problems_are_plain_sentences_whatever_was_sent() {
    let site = Site::start().await;
    let world = World::build(&site, "ann@example.org", &["Name".into()]).await;
    for name in hostile_names() {
        let encoded = percent_encoding::utf8_percent_encode(&name, percent_encoding::NON_ALPHANUMERIC).to_string();
        let list = world.lists[0];
        for url in [
            format!("/api/{encoded}"),
            format!("/api/lists/{encoded}"),
            format!("/api/jobs/{encoded}/receipt.csv"),
            format!("/api/lists/{list}/export?format={encoded}"),
            format!("/api/lists/{list}/videos?cursor={encoded}"),
            format!("/api/jobs?state={encoded}"),
        ] {
            check_plain(&url, &Answer::read(world.browser.get(&url).await).await);
            let posted = world.browser.request(Method::POST, &url).header("content-type", "application/json").body(name.clone());
            check_plain(&url, &Answer::read(posted.send().await.unwrap()).await);
        }
        let nothing = world.browser.upload(list, &world::file_name(&name), "no videos here").await;
        check_plain("an upload", &Answer::read(nothing).await);
        let file_name = world::file_name(&name);
        let several = [(file_name.as_str(), b"none here".as_slice()), ("b.txt", b"nor here")];
        check_plain("several", &Answer::read(world.browser.send_files("/api/imports", &several).await).await);
        let url = world.browser.post(&format!("/api/lists/{list}/videos"), &serde_json::json!({ "url": name })).await;
        check_plain("a link", &Answer::read(url).await);
    }
}
