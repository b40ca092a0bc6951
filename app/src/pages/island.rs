//! An island within a page.

use leptos::prelude::*;

use crate::islands::{Island, RenderTarget};

struct PageTarget;

impl RenderTarget for PageTarget {
    type Output = AnyView;

    fn render(self, view: impl IntoView + 'static) -> AnyView {
        view.into_any()
    }
}

/// The island with the data that the browser hydrates it from.
pub(crate) fn island(island: Island) -> impl IntoView {
    // After the view, where hydration does not look. Escaped, so that no text can end the script element.
    let data = cfg!(not(feature = "browser")).then(|| {
        let json = serde_json::to_string(&island).unwrap_or_default().replace('<', "\\u003c");
        view! { <script type="application/json" class="island-data" inner_html=json></script> }
    });
    view! { <div class="island">{island.render(PageTarget)}{data}</div> }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn island_data_cannot_end_its_script_element() {
        let text = "</script><script>alert(1)</script> <!-- & \u{2028}";
        let html = Owner::new().with(|| island(Island::NewList { problem: Some(text.to_owned()) }).to_html());
        let (_, data) = html.split_once("class=\"island-data\">").unwrap();
        let (json, rest) = data.split_once("</script>").unwrap();
        assert!(matches!(serde_json::from_str(json).unwrap(), Island::NewList { problem: Some(back) } if back == text), "{json}");
        assert_eq!(rest, "</div>", "no data follows the script");
        assert!(!html.contains("<script>"), "none precedes it: {html}");
    }
}
