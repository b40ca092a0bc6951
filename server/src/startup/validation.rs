//! Combinations of settings that cannot work are refused at startup, with a sentence that says what to set.

use anyhow::{bail, ensure};
use secrecy::ExposeSecret;
use url::Host;

use super::Roles;
use crate::config::{MetadataMode, Settings, split_hosts};

/// Characters; shorter secrets can be guessed.
const MIN_SECRET_CHARS: usize = 32;

/// Checks settings against each other and against the roles.
///
/// # Errors
/// One sentence: what is wrong and what to set.
pub fn validate_settings(settings: &Settings, roles: Roles) -> anyhow::Result<()> {
    let command = if roles.web { "web" } else { "worker" };
    if !(roles.web && roles.worker) && (settings.database_url.is_none() || settings.redis_url.is_none()) {
        bail!(
            "`playmarks {command}` is one process of several: set DATABASE_URL (PostgreSQL) and REDIS_URL, or run `playmarks serve`, which does everything in one."
        );
    }
    if settings.database_url.is_none() && settings.redis_url.is_some() {
        bail!(
            "REDIS_URL is for several processes, which the embedded database cannot serve: set DATABASE_URL (PostgreSQL) too, or leave REDIS_URL out."
        );
    }
    if let Some(url) = &settings.database_url {
        let known = ["postgres://", "postgresql://"].iter().any(|scheme| url.expose_secret().starts_with(scheme));
        ensure!(known, "DATABASE_URL must begin with postgres:// or postgresql://. Leave it out to use the embedded SQLite database in DATA_DIR.");
    }
    if let Some(url) = &settings.redis_url {
        let readable = split_hosts(url.expose_secret()).into_iter().all(|url| redis::IntoConnectionInfo::into_connection_info(url).is_ok());
        ensure!(readable, "REDIS_URL is not a valid address. It has the form redis://user:password@host:6379/.");
    }
    if let Some(secret) = &settings.jwt_secret {
        let length = secret.expose_secret().chars().count();
        ensure!(
            length >= MIN_SECRET_CHARS,
            "JWT_SECRET has {length} characters. It needs at least {MIN_SECRET_CHARS}; leave it out to have one generated."
        );
    }
    ensure!(
        settings.metadata != MetadataMode::Api || settings.youtube_api_key.is_some(),
        "METADATA=api needs YOUTUBE_API_KEY. Without a key, METADATA=oembed works."
    );
    ensure!(settings.demo_speed.is_finite() && settings.demo_speed > 0.0, "DEMO_SPEED must be a number above 0; 1 is about eight videos a second.");
    if let Some(url) = &settings.public_url {
        ensure!(
            matches!(url.scheme(), "http" | "https")
                && matches!(url.host(), Some(Host::Domain(_) | Host::Ipv4(_) | Host::Ipv6(_)))
                && url.path() == "/",
            "PUBLIC_URL must be the address in the browser without a path, such as https://marks.example.org."
        );
    }
    for origin in &settings.allowed_origins {
        let valid = url::Url::parse(origin).ok().filter(|url| url.has_host() && url.origin().ascii_serialization() == origin.trim_end_matches('/'));
        ensure!(valid.is_some(), "ALLOWED_ORIGINS has {origin:?}, which is not an origin such as https://marks.example.org.");
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
        validate_settings(&settings, roles).err().map(|error| error.to_string())
    }

    #[test]
    fn default_settings_are_valid() {
        assert_eq!(refusal(SERVE, |_| {}), None);
    }

    #[test]
    fn web_and_worker_need_postgresql_and_redis() {
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
    fn message_names_the_invalid_setting() {
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
