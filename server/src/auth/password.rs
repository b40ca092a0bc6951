//! Hashing passwords: Argon2id, in two threads of its own, each with memory that it keeps.
//!
//! In tokio's blocking threads, with memory asked for anew each time, what was freed stayed behind in pieces (glibc keeps an arena for each
//! thread): 900 MB after some hundreds of sign-ins.

use std::{
    cell::RefCell,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
};

use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::{
        CustomizedPasswordHasher, Error, PasswordVerifier,
        phc::{Output, ParamsString, PasswordHash, Salt},
    },
};
use axum::http::StatusCode;
use tokio::sync::{Semaphore, oneshot};

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

/// A hash to be made, or verified.
type Work = Box<dyn FnOnce(&Hasher) + Send>;

/// Hashes and verifies in turn.
pub(super) struct Passwords {
    /// To the threads, which end with it.
    queue: mpsc::Sender<Work>,
    places: Arc<Semaphore>,
}

impl Passwords {
    /// Starts the threads.
    ///
    /// # Errors
    /// The operating system has none to give.
    pub(super) fn new() -> std::io::Result<Self> {
        let (queue, works) = mpsc::channel::<Work>();
        let works = Arc::new(Mutex::new(works));
        for number in 0..AT_ONCE {
            let works = Arc::clone(&works);
            thread::Builder::new().name(format!("passwords-{number}")).spawn(move || run(&works))?;
        }
        Ok(Self { queue, places: Arc::new(Semaphore::new(AT_ONCE + WAITING)) })
    }

    /// The hash to store for a password.
    ///
    /// # Errors
    /// 503 where too many wait.
    pub(super) async fn hash(&self, password: String) -> AppResult<String> {
        self.in_turn(move |hasher| hasher.hash(&password)).await?.map_err(|error| AppError::internal(&error))
    }

    /// Whether the password is the hashed one. `None`, which is nobody's, takes as long.
    ///
    /// # Errors
    /// 503 where too many wait.
    pub(super) async fn verify(&self, password: String, hash: Option<String>) -> AppResult<bool> {
        let verified = self.in_turn(move |hasher| hasher.verify(&password, hash.as_deref().unwrap_or(NOBODY))).await?;
        verified.map_err(|error| AppError::internal(&error))
    }

    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce(&Hasher) -> T + Send + 'static) -> AppResult<T> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| busy())?;
        let (answer, answered) = oneshot::channel();
        let work = Box::new(move |hasher: &Hasher| {
            // Whoever has given up before its turn costs nothing; a hash that runs counts until it is done.
            if !answer.is_closed() {
                let done = work(hasher);
                // Given up meanwhile.
                let _ = answer.send(done);
            }
            drop(place);
        });
        self.queue.send(work).map_err(|error| AppError::internal(&error))?;
        answered.await.map_err(|error| AppError::internal(&error))
    }
}

/// One thread: does what comes, until nobody is left to ask for anything.
fn run(works: &Mutex<mpsc::Receiver<Work>>) {
    let hasher = Hasher::default();
    loop {
        let next = works.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(work) = next else { return };
        // A panic ends the work, whose request is told, and not the thread.
        let _ = catch_unwind(AssertUnwindSafe(|| work(&hasher)));
    }
}

/// Hashes a password in this thread, which takes tens of milliseconds; for the command line.
///
/// # Errors
/// None that depends on the password.
pub fn hash(password: &str) -> Result<String, Error> {
    Hasher::default().hash(password)
}

/// Argon2 in memory of its own.
#[derive(Default)]
struct Hasher(RefCell<Vec<Block>>);

impl Hasher {
    fn hash(&self, password: &str) -> Result<String, Error> {
        let params = Params::new(MEMORY_KIB, PASSES, 1, None)?;
        self.hash_password_customized(password.as_bytes(), &Salt::generate(), None, None, params).map(|hash| hash.to_string())
    }

    fn verify(&self, password: &str, hash: &str) -> Result<bool, Error> {
        // The parameters are the stored hash's own, so that raising ours locks nobody out.
        match self.verify_password(password.as_bytes(), &PasswordHash::new(hash)?) {
            Ok(()) => Ok(true),
            Err(Error::PasswordInvalid) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// As [`Argon2`] does it itself, but for the memory; the comparison is the library's.
impl CustomizedPasswordHasher<PasswordHash> for Hasher {
    type Params = Params;

    fn hash_password_customized(
        &self,
        password: &[u8],
        salt: &[u8],
        algorithm: Option<&str>,
        version: Option<u32>,
        params: Params,
    ) -> Result<PasswordHash, Error> {
        let algorithm = algorithm.map_or(Ok(Algorithm::Argon2id), Algorithm::try_from)?;
        let version = version.map_or(Ok(Version::V0x13), Version::try_from)?;
        let mut output = vec![0; params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN)];
        let mut memory = self.0.borrow_mut();
        memory.resize(params.block_count(), Block::new());
        Argon2::new(algorithm, version, params.clone()).hash_password_into_with_memory(password, salt, &mut output, &mut memory[..])?;
        Ok(PasswordHash {
            algorithm: algorithm.ident(),
            version: Some(version.into()),
            params: ParamsString::try_from(&params)?,
            salt: Some(Salt::new(salt)?),
            hash: Some(Output::new(&output)?),
        })
    }
}

fn busy() -> AppError {
    AppError::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "Many people are signing in at this moment. Try again in a few seconds.")
        .retry_after(RETRY_AFTER)
}

#[cfg(test)]
mod tests {
    use argon2::PasswordHasher;

    use super::*;

    #[test]
    fn a_hash_knows_its_password() {
        let hasher = Hasher::default();
        let verify = |password, stored: &str| hasher.verify(password, stored);
        let stored = hasher.hash("correct horse").unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert_ne!(stored, hasher.hash("correct horse").unwrap(), "salted");
        assert_eq!(verify("correct horse", &stored), Ok(true));
        assert_eq!(verify("correct Horse", &stored), Ok(false));
    }

    #[test]
    fn it_is_argon2_as_others_know_it() {
        // Made by this library by itself, with other parameters.
        let params = Params::new(64, 3, 2, Some(24)).unwrap();
        let argon2 = Argon2::new(Algorithm::Argon2i, Version::V0x10, params);
        let theirs: PasswordHash = argon2.hash_password_with_salt(b"correct horse", b"another salt").unwrap();
        let hasher = Hasher::default();
        assert_eq!(hasher.verify("correct horse", &theirs.to_string()), Ok(true));
        assert_eq!(hasher.verify("correct Horse", &theirs.to_string()), Ok(false));
        let ours = PasswordHash::new(&hasher.hash("correct horse").unwrap()).unwrap();
        assert_eq!(Argon2::default().verify_password(b"correct horse", &ours), Ok(()));
    }

    #[test]
    fn nobody_has_a_password_but_costs_the_same() {
        assert_eq!(Hasher::default().verify("", NOBODY), Ok(false));
        let ours = hash("correct horse").unwrap();
        let cost = |hash: &str| hash.split('$').take(4).collect::<Vec<_>>().join("$");
        assert_eq!(cost(NOBODY), cost(&ours));
    }

    #[tokio::test]
    async fn more_than_can_wait_are_turned_away() {
        let passwords = Passwords::new().unwrap();
        let taken = Arc::clone(&passwords.places).acquire_many_owned((AT_ONCE + WAITING) as u32).await.unwrap();
        let refused = passwords.in_turn(|_| ()).await.unwrap_err();
        assert_eq!((refused.problem().status, refused.problem().code.as_ref()), (503, "busy"));
        drop(taken);
        assert!(passwords.in_turn(|_| true).await.unwrap());
    }

    #[tokio::test]
    async fn a_panic_ends_its_request_alone() {
        let passwords = Passwords::new().unwrap();
        for _ in 0..AT_ONCE {
            assert_eq!(passwords.in_turn(|_| panic!("on purpose")).await.map(|()| 0).unwrap_err().problem().status, 500);
        }
        assert_eq!(passwords.in_turn(|_| 1).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn a_place_is_kept_until_the_hash_is_done() {
        let passwords = Arc::new(Passwords::new().unwrap());
        let (started, is_started) = tokio::sync::oneshot::channel();
        let (finish, may_finish) = std::sync::mpsc::channel::<()>();
        let mine = Arc::clone(&passwords);
        let request = tokio::spawn(async move {
            let work = move |_: &Hasher| {
                started.send(()).unwrap();
                let _ = may_finish.recv();
            };
            mine.in_turn(work).await
        });
        is_started.await.unwrap();
        request.abort();
        assert!(request.await.unwrap_err().is_cancelled());
        assert_eq!(passwords.places.available_permits(), AT_ONCE + WAITING - 1, "the hash still runs");
        drop(finish);
        let all = Arc::clone(&passwords.places).acquire_many_owned((AT_ONCE + WAITING) as u32).await;
        assert!(all.is_ok(), "and gives its place back at its end");
    }
}
