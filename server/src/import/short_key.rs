//! Keys of limited length.

use sha2::{Digest as _, Sha256};

/// `#` and 16 hexadecimal digits.
const HASH_CHARS: usize = 17;

/// Replaces a key of more than `max_chars` by its beginning and a hash, so that keys with the same beginning stay apart.
pub(super) fn shorten(key: String, max_chars: usize) -> String {
    let Some((end, _)) = key.char_indices().nth(max_chars - HASH_CHARS).filter(|_| key.chars().count() > max_chars) else { return key };
    let hash = Sha256::digest(&key).iter().take(8).fold(0, |hash, byte| (hash << 8) | u64::from(*byte));
    format!("{}#{hash:016x}", &key[..end])
}
