//! An island where it stands in its page.

use leptos::prelude::*;

use crate::islands::{Island, Place};

struct Page;

impl Place for Page {
    type Shown = AnyView;

    fn show(self, view: impl IntoView + 'static) -> AnyView {
        view.into_any()
    }
}

/// The island with its data, from which the browser wakes it.
pub fn island(island: Island) -> impl IntoView {
    // Behind the view, where waking it up never looks. No text in it can end the script element.
    let data = cfg!(not(feature = "browser")).then(|| {
        let json = serde_json::to_string(&island).unwrap_or_default().replace('<', "\\u003c");
        view! { <script type="application/json" class="island-data" inner_html=json></script> }
    });
    view! { <div class="island">{island.show(Page)}{data}</div> }
}
