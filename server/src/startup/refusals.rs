//! Settings that do not go together, refused at start with a sentence that says what to set.

use anyhow::{bail, ensure};
use secrecy::ExposeSecret;
use url::Host;

use super::Roles;
use crate::config::{MetadataMode, Settings};

/// Characters a secret has at least, so that nobody finds it by trying.
const LEAST_SECRET: usize = 32;

/// Checks the settings against each other and against what the process is to do.
///
/// # Errors
/// One sentence: what is wrong and what to set.
pub fn refuse_what_cannot_work(settings: &Settings, roles: Roles) -> anyhow::Result<()> {
    let alone = if roles.web { "web" } else { "worker" };
    if !(roles.web && roles.worker) && (settings.database_url.is_none() || settings.redis_url.is_none()) {
        bail!(
            "`playmarks {alone}` is one process of several: set DATABASE_URL (PostgreSQL) and REDIS_URL, or run `playmarks serve`, which does everything in one."
        );
    }
    if settings.database_url.is_none() && settings.redis_url.is_some() {
        bail!(
            "REDIS_URL is for several processes, which the embedded database cannot serve: set DATABASE_URL (PostgreSQL) too, or leave REDIS_URL out."
        );
    }
    if let Some(url) = &settings.database_url {
        let known = ["postgres://", "postgresql://"].iter().any(|scheme| url.expose_secret().starts_with(scheme));
        ensure!(known, "DATABASE_URL begins with postgres:// or postgresql://. Leave it out to use the embedded SQLite database in DATA_DIR.");
    }
    if let Some(url) = &settings.redis_url {
        let readable = redis::IntoConnectionInfo::into_connection_info(url.expose_secret()).is_ok();
        ensure!(readable, "REDIS_URL cannot be read. It looks like redis://user:password@host:6379/.");
    }
    if let Some(secret) = &settings.jwt_secret {
        let length = secret.expose_secret().chars().count();
        ensure!(length >= LEAST_SECRET, "JWT_SECRET has {length} characters: give it at least {LEAST_SECRET}, or leave it out to have one made.");
    }
    ensure!(
        settings.metadata != MetadataMode::Api || settings.youtube_api_key.is_some(),
        "METADATA=api needs YOUTUBE_API_KEY. Without a key, METADATA=oembed works."
    );
    ensure!(settings.demo_speed.is_finite() && settings.demo_speed > 0.0, "DEMO_SPEED is a number above 0: 1 is about eight videos a second.");
    if let Some(url) = &settings.public_url {
        ensure!(
            matches!(url.scheme(), "http" | "https")
                && matches!(url.host(), Some(Host::Domain(_) | Host::Ipv4(_) | Host::Ipv6(_)))
                && url.path() == "/",
            "PUBLIC_URL is the address in the browser without a path, such as https://marks.example.org."
        );
    }
    for origin in &settings.allowed_origins {
        let clean = url::Url::parse(origin).ok().filter(|url| url.has_host() && url.origin().ascii_serialization() == origin.trim_end_matches('/'));
        ensure!(clean.is_some(), "ALLOWED_ORIGINS has {origin:?}, which is not an origin such as https://marks.example.org.");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVE: Roles = Roles { web: true, worker: true };
    const WEB: Roles = Roles { web: true, worker: false };
    const WORKER: Roles = Roles { web: false, worker: true };

    fn refusal(roles: Roles, change: impl FnOnce(&mut Settings)) -> Option<String> {
        let mut settings = Settings::defaults();
        change(&mut settings);
        refuse_what_cannot_work(&settings, roles).err().map(|error| error.to_string())
    }

    #[test]
    fn the_defaults_work() {
        assert_eq!(refusal(SERVE, |_| {}), None);
    }

    #[test]
    fn processes_of_several_need_both_services() {
        for roles in [WEB, WORKER] {
            assert!(refusal(roles, |_| {}).unwrap().contains("DATABASE_URL"));
            assert!(refusal(roles, |settings| settings.database_url = Some("postgres://x".into())).unwrap().contains("REDIS_URL"));
            let both = refusal(roles, |settings| {
                settings.database_url = Some("postgres://x".into());
                settings.redis_url = Some("redis://x".into());
            });
            assert_eq!(both, None);
        }
        assert!(refusal(SERVE, |settings| settings.redis_url = Some("redis://x".into())).unwrap().contains("DATABASE_URL"));
    }

    #[test]
    fn each_bad_setting_is_named() {
        assert!(refusal(SERVE, |settings| settings.jwt_secret = Some("short".into())).unwrap().contains("JWT_SECRET"));
        assert!(refusal(SERVE, |settings| settings.metadata = MetadataMode::Api).unwrap().contains("YOUTUBE_API_KEY"));
        assert!(refusal(SERVE, |settings| settings.database_url = Some("mysql://x".into())).unwrap().contains("postgres://"));
        let unreadable = refusal(SERVE, |settings| {
            settings.database_url = Some("postgres://x".into());
            settings.redis_url = Some("http://x".into());
        });
        assert!(unreadable.unwrap().contains("REDIS_URL"));
        for speed in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(refusal(SERVE, |settings| settings.demo_speed = speed).unwrap().contains("DEMO_SPEED"));
        }
        assert!(refusal(SERVE, |settings| settings.public_url = "ftp://x".parse().ok()).unwrap().contains("PUBLIC_URL"));
        assert!(refusal(SERVE, |settings| settings.public_url = "https://x/sub".parse().ok()).unwrap().contains("PUBLIC_URL"));
        assert!(refusal(SERVE, |settings| settings.allowed_origins = vec!["example.org".into()]).unwrap().contains("ALLOWED_ORIGINS"));
        assert_eq!(refusal(SERVE, |settings| settings.allowed_origins = vec!["https://example.org".into()]), None);
    }
}
