//! How fast a large table is taken in, and whether memory stays flat meanwhile.

use std::{fmt::Write, time::Instant};

use anyhow::ensure;
use reqwest::Client;

use crate::{
    figures::row,
    person::Person,
    program::{Layout, Program, Setup},
};

/// Uploads tables of a tenth and of all the lines; both figures of memory side by side show whether it grows with the file.
pub(crate) async fn measure(setup: &Setup, layout: Layout, lines: usize) -> anyhow::Result<()> {
    for lines in [lines / 10, lines] {
        // Fresh for each, so that the highest memory is this file's.
        let program = Program::start(setup, layout, &[]).await?;
        let person = Person::sign_up(&Client::new(), &program.base).await?;
        let list_id = person.new_list("bench").await?;
        let file = takeout(lines);
        let (bytes, (before, _)) = (file.len(), program.memory()?);
        let start = Instant::now();
        let result = person.upload(list_id, file).await?;
        let seconds = start.elapsed().as_secs_f64();
        let (_, highest) = program.memory()?;
        ensure!(result["accepted"] == lines, "{} of {lines} lines were accepted", result["accepted"]);
        #[expect(clippy::cast_precision_loss, reason = "figures of a few digits")]
        let (rate, size, before, highest) = (lines as f64 / seconds, bytes as f64 / 1e6, before as f64 / 1e6, highest as f64 / 1e6);
        row(
            format!("import of {lines} lines ({size:.1} MB), {}", layout.label()),
            format!("{rate:.0} lines/s, {seconds:.1} s; memory {before:.0} MB before, {highest:.0} MB at its highest"),
        );
    }
    Ok(())
}

/// A table as Takeout makes it, each line another video.
fn takeout(lines: usize) -> Vec<u8> {
    let mut text = String::from("Video ID,Playlist Video Creation Timestamp\n");
    for line in 0..lines {
        writeln!(text, "b{line:010},2026-02-25T19:35:57+00:00").expect("a String takes everything");
    }
    text.into_bytes()
}
