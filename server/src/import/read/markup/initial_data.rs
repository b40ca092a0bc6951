//! The videos of a playlist's page whose source was saved: they stand in a script, `var ytInitialData = {…}`, and not in links. YouTube's shape of it
//! is that which yt-dlp's extractor of playlists reads.

const RENDERER: &str = "\"playlistVideoRenderer\"";

/// A line of such a script as links, with the rest of the page behind it.
pub(super) fn links(line: &str) -> Option<String> {
    if !line.contains(RENDERER) {
        return None;
    }
    // The page before the script; the rest of it is not needed.
    let start = line.find(RENDERER).and_then(|at| line[..at].rfind("<script")).unwrap_or(0);
    let mut links = format!("{}</script>", &line[..start]);
    for renderer in line.split(RENDERER).skip(1) {
        let Some(id) = string_behind(renderer, "\"videoId\"").filter(|id| crate::import::read::link::is_id(id)) else { continue };
        let title = renderer.find("\"title\"").and_then(|at| string_behind(&renderer[at..], "\"text\"")).unwrap_or_default();
        links += &format!("<a href=\"https://www.youtube.com/watch?v={id}\">{}</a>", html_escape::encode_text(&title));
    }
    links += "<script>";
    if let Some(end) = line.rfind("</script>") {
        links += &line[end..];
    }
    Some(links)
}

/// The text that is the value of the first field of this name.
fn string_behind(text: &str, name: &str) -> Option<String> {
    let value = text[text.find(name)? + name.len()..].trim_start().strip_prefix(':')?.trim_start();
    let mut escaped = false;
    let end = value.char_indices().skip(1).find(|(_, c)| {
        let is_end = *c == '"' && !escaped;
        escaped = *c == '\\' && !escaped;
        is_end
    })?;
    serde_json::from_str(&value[..=end.0]).ok()
}
