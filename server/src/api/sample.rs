//! A list to try Playmarks with: open films that anybody may watch, imported like any file.

use app::wire::List;

use super::{lists::create_list, videos::import_links};
use crate::{
    auth::CurrentUser,
    error::{AppError, AppResult},
    import::{self, Entry, ImportLine},
    state::AppState,
};

/// One link a line.
const OPEN_FILMS: &str = include_str!("sample/open-films.txt");
const NAME: &str = "Open films (sample)";

/// Makes the list and imports it.
///
/// # Errors
/// 503 where the database is away.
pub async fn import_sample(state: &AppState, user: &CurrentUser) -> AppResult<List> {
    let lines = lines()?;
    let list = create_list(state, user, NAME).await?;
    import_links(state, user, list.id, "open-films.txt", lines).await?;
    Ok(list)
}

fn lines() -> AppResult<Vec<ImportLine>> {
    let line = |(line, input): (u32, &str)| {
        let youtube_id = import::parse_video_id(input).map_err(|reason| AppError::unprocessable("not_a_video", reason))?;
        Ok(ImportLine { list: 0, line, input: input.to_owned(), entry: Entry::Video { youtube_id, title: None, added_at: None } })
    };
    (1..).zip(OPEN_FILMS.lines()).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_sample_is_a_video() {
        assert!(lines().unwrap().len() > 10);
    }
}
