//! Tells rust-embed where the built site is: beside the compiled programs, wherever those are; or where `cargo leptos` puts it.

use std::{env, fs, path::PathBuf};

fn main() {
    println!("cargo:rerun-if-env-changed=PLAYMARKS_SITE");
    println!("cargo:rerun-if-env-changed=LEPTOS_SITE_ROOT");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    // <target>/<profile>/build/<package>/out
    let target = out.ancestors().nth(4).expect("OUT_DIR lies in the target folder").to_path_buf();
    // Relative to the workspace; cargo runs this in the package.
    let watched = env::var_os("LEPTOS_SITE_ROOT").map(|site| env::current_dir().expect("cargo sets it").join("..").join(site));
    let site = env::var_os("PLAYMARKS_SITE").map(PathBuf::from).or(watched).unwrap_or_else(|| target.join("site"));
    // So that the server can be checked and tested before the site is built; it then serves pages without scripts.
    fs::create_dir_all(&site).expect("the site's folder can be made");
    println!("cargo:rerun-if-changed={}", site.join("manifest.json").display());
    println!("cargo:rustc-env=PLAYMARKS_SITE={}", site.display());
}
