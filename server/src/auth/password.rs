//! Password hashing: Argon2id on a pool of two threads, each of which reuses its memory.
//!
//! On tokio's blocking threads, with memory allocated for each hash, the heap fragmented (glibc keeps an arena per thread): 900 MB after a few
//! hundred sign-ins.

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

use super::rules;
use crate::error::{AppError, AppResult};

/// Memory per hash: OWASP's Password Storage Cheat Sheet, with two passes and one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
/// Hashes computed at a time, which bounds their cost in CPU and memory.
const THREADS: usize = 2;
/// Requests that may wait for a thread. More are refused, which is kinder than a queue of minutes.
const MAX_WAITING: usize = 32;
const RETRY_AFTER_SECONDS: u64 = 3;
/// No password has this hash. It is verified if there is no account, so that this takes as long as a wrong password.
const DUMMY_HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGF0IGFsbCEhIQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

type Task = Box<dyn FnOnce(&Hasher) + Send>;

/// The threads that hash and verify passwords.
pub(super) struct HashingPool {
    /// The threads end when this is dropped.
    queue: mpsc::Sender<Task>,
    permits: Arc<Semaphore>,
}

impl HashingPool {
    /// # Errors
    /// The operating system refuses to start a thread.
    pub(super) fn new() -> std::io::Result<Self> {
        let (queue, tasks) = mpsc::channel::<Task>();
        let tasks = Arc::new(Mutex::new(tasks));
        for number in 0..THREADS {
            let tasks = Arc::clone(&tasks);
            thread::Builder::new().name(format!("passwords-{number}")).spawn(move || run_tasks(&tasks))?;
        }
        Ok(Self { queue, permits: Arc::new(Semaphore::new(THREADS + MAX_WAITING)) })
    }

    /// # Errors
    /// 503 `busy` if too many requests wait.
    pub(super) async fn hash(&self, password: String) -> AppResult<String> {
        self.run(move |hasher| hasher.hash(&password)).await?.map_err(|error| AppError::internal(&error))
    }

    /// Whether the password has this hash. `None` (there is no account) takes as long.
    ///
    /// # Errors
    /// 503 `busy` if too many requests wait.
    pub(super) async fn verify(&self, password: String, hash: Option<String>) -> AppResult<bool> {
        let verified = self.run(move |hasher| hasher.verify(&password, hash.as_deref().unwrap_or(DUMMY_HASH))).await?;
        verified.map_err(|error| AppError::internal(&error))
    }

    async fn run<T: Send + 'static>(&self, task: impl FnOnce(&Hasher) -> T + Send + 'static) -> AppResult<T> {
        let permit = Arc::clone(&self.permits).try_acquire_owned().map_err(|_| busy())?;
        let (sender, receiver) = oneshot::channel();
        let task = Box::new(move |hasher: &Hasher| {
            // The task of a cancelled request is skipped; once it runs, it holds its permit to the end.
            if !sender.is_closed() {
                // Fails if the request was cancelled meanwhile.
                let _ = sender.send(task(hasher));
            }
            drop(permit);
        });
        self.queue.send(task).map_err(|error| AppError::internal(&error))?;
        receiver.await.map_err(|error| AppError::internal(&error))
    }
}

/// The loop of one thread; returns when the pool is dropped.
fn run_tasks(tasks: &Mutex<mpsc::Receiver<Task>>) {
    let hasher = Hasher::default();
    loop {
        let next = tasks.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(task) = next else { return };
        // A panic fails the task's request and not the thread.
        let _ = catch_unwind(AssertUnwindSafe(|| task(&hasher)));
    }
}

/// Hashes a password on this thread, which takes tens of milliseconds; for the command line.
///
/// # Errors
/// None that depends on the password.
pub(crate) fn hash(password: &str) -> Result<String, Error> {
    Hasher::default().hash(password)
}

/// Argon2 that reuses its memory.
#[derive(Default)]
struct Hasher(RefCell<Vec<Block>>);

impl Hasher {
    fn hash(&self, password: &str) -> Result<String, Error> {
        let params = Params::new(MEMORY_KIB, PASSES, 1, None)?;
        self.hash_password_customized(rules::normalize_password(password).as_bytes(), &Salt::generate(), None, None, params)
            .map(|hash| hash.to_string())
    }

    fn verify(&self, password: &str, hash: &str) -> Result<bool, Error> {
        let normalized = rules::normalize_password(password);
        // Earlier versions hashed what was typed. Whether there is an account makes no difference to the time.
        Ok(self.verify_exactly(&normalized, hash)? || (normalized != password && self.verify_exactly(password, hash)?))
    }

    fn verify_exactly(&self, password: &str, hash: &str) -> Result<bool, Error> {
        // With the parameters of the stored hash, so that changing ours locks nobody out.
        match self.verify_password(password.as_bytes(), &PasswordHash::new(hash)?) {
            Ok(()) => Ok(true),
            Err(Error::PasswordInvalid) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// What [`Argon2`] itself implements, except for the memory. Comparing hashes is left to the library.
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
    AppError::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "Too many people are signing in right now. Try again in a few seconds.")
        .retry_after(RETRY_AFTER_SECONDS)
}

#[cfg(test)]
mod tests {
    use argon2::PasswordHasher;

    use super::*;

    #[test]
    fn password_is_verified_by_its_hash_alone() {
        let hasher = Hasher::default();
        let verify = |password, stored: &str| hasher.verify(password, stored);
        let stored = hasher.hash("correct horse").unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert_ne!(stored, hasher.hash("correct horse").unwrap(), "salted");
        assert_eq!(verify("correct horse", &stored), Ok(true));
        assert_eq!(verify("correct Horse", &stored), Ok(false));
    }

    #[test]
    fn password_is_verified_in_either_unicode_form_and_by_hashes_of_earlier_versions() {
        let hasher = Hasher::default();
        let (composed, decomposed) = ("corréct horse", "corre\u{301}ct horse");
        for typed in [composed, decomposed] {
            let stored = hasher.hash(typed).unwrap();
            assert_eq!([composed, decomposed, "correct horse"].map(|password| hasher.verify(password, &stored)), [Ok(true), Ok(true), Ok(false)]);
        }
        let params = Params::new(64, 3, 1, None).unwrap();
        let earlier = hasher.hash_password_customized(decomposed.as_bytes(), &Salt::generate(), None, None, params).unwrap().to_string();
        assert_eq!(hasher.verify(decomposed, &earlier), Ok(true), "as it was typed then");
        assert_eq!(hasher.verify("correct horse", &earlier), Ok(false));
    }

    #[test]
    fn hashes_are_compatible_with_the_argon2_crate() {
        // From the library alone, with other parameters.
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
    fn dummy_hash_costs_as_much_as_a_real_one() {
        assert_eq!(Hasher::default().verify("", DUMMY_HASH), Ok(false));
        let ours = hash("correct horse").unwrap();
        let cost = |hash: &str| hash.split('$').take(4).collect::<Vec<_>>().join("$");
        assert_eq!(cost(DUMMY_HASH), cost(&ours));
    }

    #[tokio::test]
    async fn request_is_refused_when_too_many_wait() {
        let pool = HashingPool::new().unwrap();
        let taken = Arc::clone(&pool.permits).acquire_many_owned((THREADS + MAX_WAITING) as u32).await.unwrap();
        let refused = pool.run(|_| ()).await.unwrap_err();
        assert_eq!((refused.problem().status, refused.problem().code.as_ref()), (503, "busy"));
        drop(taken);
        assert!(pool.run(|_| true).await.unwrap());
    }

    #[tokio::test]
    async fn panic_fails_only_its_own_request() {
        let pool = HashingPool::new().unwrap();
        for _ in 0..THREADS {
            assert_eq!(pool.run(|_| panic!("on purpose")).await.map(|()| 0).unwrap_err().problem().status, 500);
        }
        assert_eq!(pool.run(|_| 1).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn cancelled_request_holds_its_permit_until_its_hash_is_computed() {
        let pool = Arc::new(HashingPool::new().unwrap());
        let (started, is_started) = tokio::sync::oneshot::channel();
        let (finish, may_finish) = std::sync::mpsc::channel::<()>();
        let mine = Arc::clone(&pool);
        let request = tokio::spawn(async move {
            let task = move |_: &Hasher| {
                started.send(()).unwrap();
                let _ = may_finish.recv();
            };
            mine.run(task).await
        });
        is_started.await.unwrap();
        request.abort();
        assert!(request.await.unwrap_err().is_cancelled());
        assert_eq!(pool.permits.available_permits(), THREADS + MAX_WAITING - 1, "the hash still runs");
        drop(finish);
        let all = Arc::clone(&pool.permits).acquire_many_owned((THREADS + MAX_WAITING) as u32).await;
        assert!(all.is_ok(), "and returns its permit when done");
    }
}
