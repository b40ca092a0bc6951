//! Speed and memory of importing a large table.

use std::{fmt::Write, time::Instant};

use anyhow::ensure;
use reqwest::Client;

use crate::{
    server::{Environment, Layout, Server},
    stats::print_row,
    user::User,
};

/// Imports a tenth of the lines, then all of them: comparing the two shows whether memory grows with the file.
pub(crate) async fn run(environment: &Environment, layout: Layout, lines: usize) -> anyhow::Result<()> {
    for lines in [lines / 10, lines] {
        // A new server each time, so that its peak memory belongs to this file.
        let server = Server::start(environment, layout).await?;
        let user = User::sign_up(&Client::new(), &server.base_url).await?;
        let list_id = user.create_list("bench").await?;
        let file = takeout_csv(lines);
        let (bytes, (before, _)) = (file.len(), server.memory_usage()?);
        let start = Instant::now();
        let result = user.import(list_id, file).await?;
        let seconds = start.elapsed().as_secs_f64();
        let (_, peak) = server.memory_usage()?;
        ensure!(result["accepted"] == lines, "only {} of {lines} lines were accepted", result["accepted"]);
        #[expect(clippy::cast_precision_loss, reason = "printed with few digits")]
        let (rate, size, before, peak) = (lines as f64 / seconds, bytes as f64 / 1e6, before as f64 / 1e6, peak as f64 / 1e6);
        print_row(
            format!("import of {lines} lines ({size:.1} MB), {}", layout.database_name()),
            format!("{rate:.0} lines/s, {seconds:.1} s; memory {before:.0} MB before, {peak:.0} MB peak"),
        );
    }
    Ok(())
}

/// A table in the format of Google Takeout, with a different video on each line.
pub(crate) fn takeout_csv(lines: usize) -> Vec<u8> {
    let mut text = String::from("Video ID,Playlist Video Creation Timestamp\n");
    for line in 0..lines {
        writeln!(text, "b{line:010},2026-02-25T19:35:57+00:00").expect("writing to a String cannot fail");
    }
    text.into_bytes()
}
