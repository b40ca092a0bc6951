# shellcheck shell=bash
# shellcheck disable=SC2034 # the variables are used by the scripts that source this
# Sourced by every script: paths, the Rust toolchain for server and WASM, and helper functions.
# Sets ROOT, CACHE, TOOLS, WASM, SITE; exports CARGO_TARGET_DIR, PATH, and RUSTUP_TOOLCHAIN if only Debian's toolchain has the WASM target.

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
CACHE="${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/playmarks"
TOOLS="$CACHE/tools"
# Outside the checkout, so that a fresh clone on the same machine reuses earlier builds.
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$CACHE/target}"
# Cargo compares only modification times, so it would use what another checkout has built here if that is newer than these sources. After
# a change of checkout the sources are touched.
if [ "$(cat "$CARGO_TARGET_DIR/checkout" 2>/dev/null)" != "$ROOT" ]; then
    mkdir -p "$CARGO_TARGET_DIR"
    touch "$ROOT"/{app,frontend,server}/src/lib.rs "$ROOT"/server/{build.rs,src/main.rs,tests/it/main.rs}
    echo "$ROOT" >"$CARGO_TARGET_DIR/checkout"
fi
export PATH="$TOOLS/bin:$PATH"
WASM=wasm32-unknown-unknown
# Built by script/build, embedded by the server.
SITE="$CARGO_TARGET_DIR/site"

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }
die() { printf '\033[1m%s\033[0m\n' "$*" >&2; exit 1; }

# Whether a sysroot has the standard library for WASM: has_wasm_std /usr
has_wasm_std() { compgen -G "$1/lib/rustlib/$WASM/lib/libcore-*.rlib" >/dev/null; }

# One toolchain for server and WASM, because two would compile every dependency twice.
if [ -z "${RUSTUP_TOOLCHAIN:-}" ] && command -v rustup >/dev/null; then
    if ! has_wasm_std "$(rustc --print sysroot 2>/dev/null)" && has_wasm_std /usr; then
        rustup toolchain list 2>/dev/null | grep -q '^debian' && export RUSTUP_TOOLCHAIN=debian
    fi
fi

# The version of a package in Cargo.lock: lock_version wasm-bindgen
lock_version() { awk -v n="\"$1\"" '$1=="name"&&$3==n{f=1} f&&$1=="version"{gsub(/"/,"",$3);print $3;exit}' "$ROOT/Cargo.lock"; }
