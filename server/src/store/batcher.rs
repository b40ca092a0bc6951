//! Makes calls together that arrive while others are being made (group commit): when thousands of sockets are opened at once, their tickets
//! are stored by a few statements. A call that comes alone does not wait.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use super::{READ_TIMEOUT, Result, StoreError, with_timeout};

/// Maximum number of calls that are made together; further ones wait.
const MAX_BATCH: usize = 256;

type Call<K, V> = (K, oneshot::Sender<Result<V>>);

/// Ends when dropped.
pub(super) struct Batcher<K, V>(mpsc::Sender<Call<K, V>>);

impl<K: Send + 'static, V: Send + 'static> Batcher<K, V> {
    /// `run` answers each call of a batch, in order. Must be called within a Tokio runtime.
    pub(super) fn new<F>(run: impl Fn(Vec<K>) -> F + Send + 'static) -> Self
    where
        F: Future<Output = Result<Vec<V>>> + Send,
    {
        let (sender, mut calls) = mpsc::channel::<Call<K, V>>(MAX_BATCH);
        // Not in the caller's task, which may be cancelled while others wait for its batch.
        tokio::spawn(async move {
            let mut batch = Vec::new();
            while calls.recv_many(&mut batch, MAX_BATCH).await > 0 {
                let (keys, callers): (Vec<K>, Vec<_>) = batch.drain(..).unzip();
                match with_timeout(READ_TIMEOUT, run(keys)).await {
                    // Sending fails if the caller has left.
                    Ok(answers) => callers.into_iter().zip(answers).for_each(|(caller, answer)| _ = caller.send(Ok(answer))),
                    Err(error) => {
                        let error = Arc::new(error);
                        callers.into_iter().for_each(|caller| _ = caller.send(Err(shared(&error))));
                    }
                }
            }
        });
        Self(sender)
    }

    pub(super) async fn call(&self, key: K) -> Result<V> {
        let (caller, answer) = oneshot::channel();
        let ended = || StoreError::Internal("the task that makes calls together has ended".into());
        self.0.send((key, caller)).await.map_err(|_| ended())?;
        answer.await.map_err(|_| ended())?
    }
}

/// The same error for each caller.
fn shared(error: &Arc<StoreError>) -> StoreError {
    let same = Box::new(Arc::clone(error));
    match **error {
        StoreError::Unavailable(_) | StoreError::Busy(_) => StoreError::Unavailable(same),
        StoreError::Unwritable(_) => StoreError::Unwritable(same),
        _ => StoreError::Internal(same),
    }
}

#[cfg(test)]
mod tests {
    use futures::future::join_all;
    use tokio::sync::Semaphore;

    use super::*;

    #[tokio::test]
    async fn calls_that_wait_are_made_together_and_each_gets_its_answer() {
        let (gate, sizes) = (Arc::new(Semaphore::new(0)), Arc::new(std::sync::Mutex::new(Vec::new())));
        let batcher = Batcher::new({
            let (gate, sizes) = (Arc::clone(&gate), Arc::clone(&sizes));
            move |keys: Vec<u32>| {
                sizes.lock().unwrap().push(keys.len());
                let gate = Arc::clone(&gate);
                async move {
                    gate.acquire().await.unwrap().forget();
                    if keys.contains(&13) { Err(StoreError::Unavailable("away".into())) } else { Ok(keys.iter().map(|key| key * 2).collect()) }
                }
            }
        });
        let first = batcher.call(0);
        let others = async {
            while sizes.lock().unwrap().is_empty() {
                tokio::task::yield_now().await;
            }
            let calls = join_all((1..=9).map(|key| batcher.call(key)));
            let release = async { gate.add_permits(2) };
            futures::future::join(calls, release).await.0
        };
        let (first, others) = futures::future::join(first, others).await;
        assert_eq!(first.unwrap(), 0);
        assert_eq!(others.into_iter().map(Result::unwrap).collect::<Vec<_>>(), (1..=9).map(|key| key * 2).collect::<Vec<_>>());
        assert_eq!(*sizes.lock().unwrap(), [1, 9]);
        gate.add_permits(1);
        assert!(matches!(batcher.call(13).await, Err(StoreError::Unavailable(_))));
    }
}
