//! Hashing passwords: Argon2id, off the async threads, two at once.

use std::sync::Arc;

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{Error, PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use axum::http::StatusCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::{AppError, AppResult};

/// KiB of memory for one hash: OWASP's Password Storage Cheat Sheet, with two passes and one lane.
const MEMORY_KIB: u32 = 19 * 1024;
/// Passes over it.
const PASSES: u32 = 2;
/// Hashes at once: what they cost in processor and memory stays bounded whatever arrives.
const AT_ONCE: usize = 2;
/// Requests that may wait for their turn. More are told to come back, which is kinder than a queue of minutes.
const WAITING: usize = 32;
/// Seconds after which they may.
const RETRY_AFTER: u64 = 3;
/// No password has this hash. Verified where there is no account, so that this takes as long as a wrong password.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGF0IGFsbCEhIQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Hashes and verifies in turn.
pub(super) struct Passwords {
    turns: Arc<Semaphore>,
    places: Arc<Semaphore>,
}

impl Passwords {
    pub(super) fn new() -> Self {
        Self { turns: Arc::new(Semaphore::new(AT_ONCE)), places: Arc::new(Semaphore::new(AT_ONCE + WAITING)) }
    }

    /// The hash to store for a password.
    ///
    /// # Errors
    /// 503 where too many wait.
    pub(super) async fn hash(&self, password: String) -> AppResult<String> {
        self.in_turn(move || hash(&password)).await?.map_err(|error| AppError::internal(&error))
    }

    /// Whether the password is the hashed one. `None`, which is nobody's, takes as long.
    ///
    /// # Errors
    /// 503 where too many wait.
    pub(super) async fn verify(&self, password: String, hash: Option<String>) -> AppResult<bool> {
        let verified = self.in_turn(move || verify(&password, hash.as_deref().unwrap_or(NOBODY))).await?;
        verified.map_err(|error| AppError::internal(&error))
    }

    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> AppResult<T> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| busy())?;
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|error| AppError::internal(&error))?;
        // Both move along: a request that is given up leaves its hash running, which still counts.
        let held: (OwnedSemaphorePermit, OwnedSemaphorePermit) = (place, turn);
        let task = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(held);
            done
        });
        task.await.map_err(|error| AppError::internal(&error))
    }
}

/// Hashes a password in this thread, which takes tens of milliseconds; for the command line.
///
/// # Errors
/// The operating system has no random numbers.
pub fn hash(password: &str) -> Result<String, Error> {
    let hash: PasswordHash = argon2()?.hash_password(password.as_bytes())?;
    Ok(hash.to_string())
}

fn verify(password: &str, hash: &str) -> Result<bool, Error> {
    // The parameters are the stored hash's own, so that raising ours locks nobody out.
    match argon2()?.verify_password(password.as_bytes(), &PasswordHash::new(hash)?) {
        Ok(()) => Ok(true),
        Err(Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(error),
    }
}

fn argon2() -> Result<Argon2<'static>, Error> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn busy() -> AppError {
    AppError::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "Many people are signing in at this moment. Try again in a few seconds.")
        .retry_after(RETRY_AFTER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_knows_its_password() {
        let stored = hash("correct horse").unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert_ne!(stored, hash("correct horse").unwrap(), "salted");
        assert_eq!(verify("correct horse", &stored), Ok(true));
        assert_eq!(verify("correct Horse", &stored), Ok(false));
    }

    #[test]
    fn nobody_has_a_password_but_costs_the_same() {
        assert_eq!(verify("", NOBODY), Ok(false));
        let ours = hash("correct horse").unwrap();
        let cost = |hash: &str| hash.split('$').take(4).collect::<Vec<_>>().join("$");
        assert_eq!(cost(NOBODY), cost(&ours));
    }

    #[tokio::test]
    async fn more_than_can_wait_are_turned_away() {
        let passwords = Passwords::new();
        let taken = Arc::clone(&passwords.places).acquire_many_owned((AT_ONCE + WAITING) as u32).await.unwrap();
        let refused = passwords.in_turn(|| ()).await.unwrap_err();
        assert_eq!((refused.problem().status, refused.problem().code.as_ref()), (503, "busy"));
        drop(taken);
        assert!(passwords.in_turn(|| true).await.unwrap());
    }

    #[tokio::test]
    async fn a_turn_is_kept_until_the_hash_is_done() {
        let passwords = Arc::new(Passwords::new());
        let (started, is_started) = tokio::sync::oneshot::channel();
        let (finish, may_finish) = std::sync::mpsc::channel::<()>();
        let mine = Arc::clone(&passwords);
        let request = tokio::spawn(async move {
            let work = move || {
                started.send(()).unwrap();
                let _ = may_finish.recv();
            };
            mine.in_turn(work).await
        });
        is_started.await.unwrap();
        request.abort();
        assert!(request.await.unwrap_err().is_cancelled());
        assert_eq!(passwords.turns.available_permits(), AT_ONCE - 1, "the hash still runs");
        drop(finish);
        let all = Arc::clone(&passwords.turns).acquire_many_owned(AT_ONCE as u32).await;
        assert!(all.is_ok(), "and gives its turn back at its end");
    }
}
