//! Which of a user's lists a playlist of a file belongs to.

use uuid::Uuid;

use crate::import::Playlist;

/// A list that was made for a playlist: id, name, key.
pub(super) type KeyedList = (Uuid, String, String);

/// The list of each playlist, by its index. A playlist's own key comes first; by another one it takes only what no other playlist has.
pub(super) fn matched(playlists: &[Playlist], lists: &[KeyedList]) -> Vec<Option<usize>> {
    let with_key = |key: &String| lists.iter().position(|list| list.2 == *key);
    let mut found: Vec<Option<usize>> = playlists.iter().map(|playlist| playlist.keys.first().and_then(with_key)).collect();
    for (index, playlist) in playlists.iter().enumerate() {
        if found[index].is_none() {
            found[index] = playlist.keys.iter().skip(1).filter_map(with_key).find(|list| !found.contains(&Some(*list)));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn playlist(keys: &[&str]) -> Playlist {
        Playlist { name: "Any".into(), keys: keys.iter().map(|key| (*key).into()).collect() }
    }

    #[test]
    fn own_keys_come_first_and_a_list_is_taken_once() {
        let lists: Vec<KeyedList> = ["name:a", "id:2", "name:b"].iter().map(|key| (Uuid::now_v7(), String::new(), (*key).into())).collect();
        let wanted = [
            playlist(&["id:1", "name:a"]),
            playlist(&["id:2", "name:a"]),
            playlist(&["id:3", "name:a"]),
            playlist(&["name:b"]),
            playlist(&["name:c"]),
        ];
        assert_eq!(matched(&wanted, &lists), [Some(0), Some(1), None, Some(2), None]);
    }
}
