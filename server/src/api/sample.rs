//! A sample list to try Playmarks with: openly licensed films, imported like any other file.

use app::wire::List;

use super::{lists::create_list, videos::import_links};
use crate::{
    auth::CurrentUser,
    error::{AppError, AppResult},
    import::{self, Entry, ImportLine},
    state::AppState,
};

/// One link per line.
const OPEN_FILMS: &str = include_str!("sample/open-films.txt");
const LIST_NAME: &str = "Open films (sample)";

/// Creates the list and imports its videos.
pub(crate) async fn import_sample(state: &AppState, user: &CurrentUser) -> AppResult<List> {
    let lines = parse_lines()?;
    let list = create_list(state, user, LIST_NAME).await?;
    import_links(state, user, list.id, "open-films.txt", lines).await?;
    Ok(list)
}

fn parse_lines() -> AppResult<Vec<ImportLine>> {
    let line = |(line, input): (u32, &str)| {
        let youtube_id = import::parse_video_id(input).map_err(|reason| AppError::unprocessable("not_a_video", reason))?;
        Ok(ImportLine { list: 0, line, input: input.to_owned(), entry: Entry::video(youtube_id) })
    };
    (1..).zip(OPEN_FILMS.lines()).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sample_has_a_video_on_every_line() {
        assert!(parse_lines().unwrap().len() > 10);
    }
}
