//! The statements of the store, read from its source: each is prepared against the current tables, so that a typing error on a rare path is
//! found, and `plans` checks their plans.

use std::{fs, path::Path};

use crate::support::database::Database;

/// The first words of statements, but for those that name at most a setting (`BEGIN`, `SET`, `ANALYZE`). None of ours contains a double quote.
const BEGINNINGS: [&str; 7] = ["\"CREATE ", "\"SELECT ", "\"INSERT ", "\"UPDATE ", "\"DELETE ", "\"WITH ", "\"PRAGMA "];

/// All statements of the implementation for this database. Those of `store/instance_lock.rs` are for PostgreSQL alone.
pub(super) fn read_statements(db: &Database) -> Vec<String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store");
    let (name, mut files) =
        if db.settings.database_url.is_some() { ("postgres", vec![source.join("instance_lock.rs")]) } else { ("sqlite", Vec::new()) };
    files.push(source.join(name).with_extension("rs"));
    let mut folders = vec![source.join(name)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.iter().flat_map(|file| in_source(&fs::read_to_string(file).unwrap())).collect()
}

/// The only statement that contains this text.
pub(super) fn find_statement(db: &Database, fragment: &str) -> String {
    let mut found: Vec<String> = read_statements(db).into_iter().filter(|statement| statement.contains(fragment)).collect();
    assert_eq!(found.len(), 1, "statements with `{fragment}`: {found:#?}");
    found.remove(0)
}

fn in_source(source: &str) -> Vec<String> {
    let begins = BEGINNINGS.iter().flat_map(|beginning| source.match_indices(beginning)).map(|(at, _)| at + 1);
    begins.map(|at| source[at..].split('"').next().unwrap_or_default().to_owned()).collect()
}

pub(super) async fn every_statement_can_be_prepared(db: Database) {
    let statements = read_statements(&db);
    assert!(statements.len() > 60, "only {} were found", statements.len());
    for statement in statements {
        if let Err(error) = db.prepare(&statement).await {
            panic!("{error}\n{statement}");
        }
    }
}
