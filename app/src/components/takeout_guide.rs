//! Where YouTube keeps the file, for somebody who has none yet.

use leptos::prelude::*;

/// Four steps.
#[component]
pub fn TakeoutGuide() -> impl IntoView {
    view! {
        <details class="takeout-guide">
            <summary>"Where do I find my videos at YouTube?"</summary>
            <ol>
                <li><a href="https://takeout.google.com/" rel="noreferrer">"Open Google Takeout"</a>" and deselect everything but “YouTube and YouTube Music”."</li>
                <li>"Under “All YouTube data included” keep “playlists” alone, and export once."</li>
                <li>"Google sends a link to an archive. Give it to the page of your lists as it is: each playlist becomes a list."</li>
                <li>"Or unpack it: each file in the folder “playlists”, such as “Watch later-videos.csv”, can go into a list of your choice."</li>
            </ol>
            <p class="soft">"A text file with one link a line does as well. Deleted and private videos keep their place and their date."</p>
        </details>
    }
}
