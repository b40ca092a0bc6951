//! SIGTERM with a thousand sockets open and jobs under way.

use futures::future::join_all;

use super::{cluster::Cluster, file, open_many_files};
use crate::support::{person::Person, socket::Socket};

/// People, and sockets that each of them has open.
const PEOPLE: usize = 4;
const SOCKETS: usize = 250;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_sockets_are_told_and_every_job_is_handed_back() {
    open_many_files();
    let cluster = Cluster::shared().await;
    // A lease that nobody can wait out: whoever takes the jobs over was handed them.
    let settings = [("MAX_SOCKETS_PER_USER", "250"), ("LEASE_SECONDS", "3600"), ("DEMO_SPEED", "0.5")];
    let mut leaving = cluster.node("serve", &settings).await;
    let (mut people, mut sockets): (Vec<_>, Vec<Socket>) = (Vec::new(), Vec::new());
    for _ in 0..PEOPLE {
        let person = Person::sign_up(&leaving.direct()).await;
        for _ in 0..SOCKETS / 50 {
            sockets.extend(join_all((0..50).map(|_| person.socket())).await);
        }
        people.push((person.import("Cooking", &file(40)).await, person));
    }
    for (at, (job, _)) in people.iter().enumerate() {
        let socket = &mut sockets[at * SOCKETS];
        while socket.next().await.current_video == 0 {}
        assert_eq!(cluster.number(&format!("SELECT count(*) FROM processing_jobs WHERE id = '{job}' AND ended_at IS NULL")).await, 1);
    }
    leaving.process.terminate();
    let told = join_all(sockets.iter_mut().map(Socket::closed)).await;
    assert_eq!(told.len(), PEOPLE * SOCKETS);
    assert!(told.iter().all(|close| *close == (1001, "going_away".into())), "{:?}", told.iter().find(|close| close.0 != 1001));
    // It gives itself ten seconds, and another code where they were not enough.
    assert_eq!(leaving.process.gone().await.code(), Some(0));
    assert_eq!(cluster.number("SELECT count(*) FROM processing_jobs WHERE lease_token IS NOT NULL OR attempts > 0").await, 0);

    let staying = cluster.node("serve", &[]).await;
    for (job, person) in people {
        assert_eq!(person.at(&staying.direct()).ended(job).await.current_video, 40);
    }
}
