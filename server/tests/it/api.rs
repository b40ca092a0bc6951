//! REST and forms over real HTTP.

mod accounts;
mod export;
mod forms;
mod headers;
mod hostile_names;
mod imports;
mod jobs;
mod lists;
mod look_alikes;
mod mutations;
mod origin;
mod pages;
mod previews;
mod retries;
mod schemes;
mod several_files;
mod signals;
mod site;
