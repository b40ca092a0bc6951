//! Pages for people that come in place of an answer, told by what they say of themselves.

/// Searched in so many bytes from the beginning.
const SEARCHED_BYTES: usize = 64 << 10;

/// Address or text of a page, in lower case, and what the operator reads. The first that fits counts. The captcha is a page in place of the
/// answer (apostrophecms/oembetter#12), with 429 (damonwonghv/youtube-search-api#25), or behind a redirect to Google's "sorry"
/// (TeamNewPipe/NewPipeExtractor#1185); the consent form comes in Europe (itteco/iframely#326).
const PAGES: [(&[&str], &str); 3] = [
    (&["google.com/sorry", "/sorry/index", "captcha", "unusual traffic"], "a captcha page"),
    (&["consent.youtube.com", "consent.google.com", "before you continue"], "a consent page"),
    (&["accounts.google.com", "sign in to confirm"], "a sign-in page"),
];

/// A page that is known to stand in place of an answer, whatever its status.
pub(super) fn recognize(location: Option<&str>, body: &[u8]) -> Option<&'static str> {
    let location = location.unwrap_or_default().to_ascii_lowercase();
    // A title may have any word in it, JSON as well.
    let text = if is_html(body) { beginning(body) } else { String::new() };
    let known = PAGES.iter().find(|(signs, _)| signs.iter().any(|sign| location.contains(sign) || text.contains(sign)));
    known.map(|(_, what)| *what)
}

pub(super) fn is_html(body: &[u8]) -> bool {
    let text = beginning(body);
    let text = text.trim_start();
    text.starts_with("<!doctype html") || text.starts_with("<html")
}

fn beginning(body: &[u8]) -> String {
    String::from_utf8_lossy(&body[..body.len().min(SEARCHED_BYTES)]).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_pages_are_not_taken_for_answers() {
        let page = |text: &str| recognize(None, text.as_bytes());
        assert_eq!(page("<html><head><title>Sorry...</title>... unusual traffic from your computer network"), Some("a captcha page"));
        assert_eq!(page("<!doctype html><title>Before you continue to YouTube</title>"), Some("a consent page"));
        assert_eq!(recognize(Some("www.google.com/sorry/index"), b""), Some("a captcha page"));
        assert_eq!(recognize(Some("consent.youtube.com/m"), b""), Some("a consent page"));
        for answer in [r#"{"title":"How a captcha works"}"#, "Forbidden", "", "{", "<!DOCTYPE html><title>Error 404 (Not Found)!!1</title>"] {
            assert_eq!(page(answer), None, "{answer}");
        }
        assert!(is_html(b"\n<!DOCTYPE html>") && !is_html(b"{}"));
        assert_eq!(recognize(Some("www.youtube.com/elsewhere"), b""), None);
    }
}
