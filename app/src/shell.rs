//! The HTML document around `App`. The script and preload tags are written here because only the server knows the hashed file names.

use leptos::{nonce::use_nonce, prelude::*};
use leptos_meta::MetaTags;

use crate::{App, backend::Instance};

/// URL paths of the built files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assets {
    /// The JavaScript module that loads the WASM.
    pub js: String,
    pub wasm: String,
    pub css: String,
}

/// The document. Expects the contexts of [`App`] and, if the content security policy requires one, leptos' nonce.
pub fn shell(options: LeptosOptions, assets: Assets, instance: Instance) -> impl IntoView {
    // Islands carry their own data: resources need not be serialised into the page.
    if let Some(context) = Owner::current_shared_context() {
        context.set_is_hydrating(false);
    }
    let Assets { js, wasm, css } = assets;
    let nonce = use_nonce();
    // Rust quotes a URL path like JavaScript does.
    let start = format!("import init, {{ hydrate }} from {js:?};\ninit({{ module_or_path: {wasm:?} }}).then(hydrate);");
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="theme-color" media="(prefers-color-scheme: light)" content="#f6f5f2"/>
                <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#14151a"/>
                <meta name="description" content="Keep your YouTube videos in your own lists, and import thousands at once."/>
                <meta name="playmarks-version" content=instance.version/>
                <meta name="playmarks-demo" content=instance.demo.to_string()/>
                <meta name="playmarks-registration" content=if instance.registration_open { "open" } else { "closed" }/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <link rel="stylesheet" href=css/>
                <link rel="modulepreload" href=js/>
                <link rel="preload" href=wasm r#as="fetch" r#type="application/wasm" crossorigin="anonymous"/>
                <AutoReload options/>
                <script type="module" nonce=nonce inner_html=start></script>
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}
