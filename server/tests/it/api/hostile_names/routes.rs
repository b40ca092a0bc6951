//! What can be read: the pages of `app/src/app.rs` and the routes of `server/src/api`, read from their source, so that a new one is visited.

use std::{fs, path::Path};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::world::World;

pub(super) struct Visit {
    /// The same for all worlds.
    pub(super) label: String,
    pub(super) url: String,
}

/// Each page with and without a query that contains a name, each route of the API, and each format of a download, for every list and job.
pub(super) fn visits(world: &World, names: &[String]) -> Vec<Visit> {
    let mut visits = Vec::new();
    for template in page_templates().into_iter().chain(["/nowhere".into(), "/lists/none/at/all".into()]) {
        for (n, url) in fill(&template, world).into_iter().enumerate() {
            let name = utf8_percent_encode(&names[n % names.len()], NON_ALPHANUMERIC).to_string();
            let queries = [
                String::new(),
                format!("?problem={name}&done={name}&show={name}&verdict={name}&cause={name}&status={name}&sort={name}"),
                // Finds nothing, whatever it is: titles are on one line.
                format!("?q={name}%00nothing"),
                format!("?cursor={name}"),
            ];
            visits.extend(
                queries.into_iter().enumerate().map(|(q, query)| Visit { label: format!("{template} {n} {q}"), url: format!("{url}{query}") }),
            );
        }
    }
    for template in api_templates() {
        let queries: &[&str] = if template.ends_with("/export") { &["?format=csv", "?format=json", "?format=html"] } else { &[""] };
        for (n, url) in fill(&template, world).into_iter().enumerate() {
            visits.extend(queries.iter().map(|query| Visit { label: format!("{template}{query} {n}"), url: format!("{url}{query}") }));
        }
    }
    visits
}

/// The addresses of a route: one for each list or job.
fn fill(template: &str, world: &World) -> Vec<String> {
    let ids = match template.split('/').find(|part| ["lists", "jobs", "sessions"].contains(part)) {
        _ if !template.contains("{id}") => return vec![template.into()],
        Some("lists") => &world.lists[..],
        Some("jobs") => &world.jobs,
        Some("sessions") => std::slice::from_ref(&world.session),
        _ => panic!("{template} is new: say here what its id is"),
    };
    let filled: Vec<String> = ids.iter().map(|id| template.replacen("{id}", &id.to_string(), 1)).collect();
    assert!(filled.iter().all(|url| !url.contains('{')), "{template} is new: say here what its ids are");
    filled
}

fn page_templates() -> Vec<String> {
    let source = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../app/src/app.rs")).unwrap();
    let routes: Vec<String> = source.split("path=path!(\"").skip(1).map(|rest| rest.split('"').next().unwrap().replace(":id", "{id}")).collect();
    assert!(routes.len() >= 8 && routes.len() == source.matches("<Route ").count(), "{routes:?}");
    routes
}

fn api_templates() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/api");
    let mut routes = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let Ok(source) = fs::read_to_string(&path) else { continue };
        // Routes of the API's own unit tests are none.
        let source = source.split("#[cfg(test)]").next().unwrap();
        let prefix = if path.ends_with("health.rs") { "" } else { "/api" };
        for (route, methods) in source.split(".route(").skip(1).map(|rest| rest.trim_start()[1..].split_once('"').unwrap()) {
            if methods.contains("get(") {
                routes.push(format!("{prefix}{route}"));
            }
        }
    }
    routes.sort();
    assert!(routes.len() >= 12 && routes.iter().any(|route| route.ends_with("/export")), "{routes:?}");
    routes
}
