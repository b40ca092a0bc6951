//! Accounts, sessions, tickets, counters.

use std::time::Duration;

use server::internals::store::{Digest, NewSession, SessionKey, StoreError};
use uuid::Uuid;

use super::fixtures::{TERM, user};
use crate::support::database::Database;

fn digest(n: u8) -> Digest {
    [n; 32]
}

async fn session(db: &Database, user_id: Uuid, n: u8, ttl: Duration) -> Uuid {
    let new = NewSession { user_id, cookie_hash: digest(n), refresh_hash: digest(n + 100), user_agent: format!("Browser {n}"), ttl };
    db.store.open_session(new).await.unwrap()
}

pub(super) async fn address_has_one_account(db: Database) {
    let account = db.store.create_user("ada@example.org", "hash", false).await.unwrap();
    assert!(matches!(db.store.create_user("ada@example.org", "other", false).await, Err(StoreError::EmailTaken)));
    assert_eq!(db.store.credentials("ada@example.org").await.unwrap(), Some((account, "hash".into())));
    assert_eq!(db.store.credentials("nobody@example.org").await.unwrap(), None);
    db.store.ping().await.unwrap();
}

pub(super) async fn concurrent_first_registrations_create_one_account(db: Database) {
    let attempts = (0..8).map(|n| {
        let store = db.store.clone();
        tokio::spawn(async move { store.create_user(&format!("{n}@example.org"), "hash", true).await })
    });
    let mut made = 0;
    for attempt in attempts.collect::<Vec<_>>() {
        match attempt.await.unwrap() {
            Ok(_) => made += 1,
            Err(error) => assert!(matches!(error, StoreError::RegistrationClosed), "{error}"),
        }
    }
    assert_eq!(made, 1);
}

pub(super) async fn sessions_live_until_they_are_ended(db: Database) {
    let account = user(&db).await;
    let (first, second) = (session(&db, account.id, 1, TERM).await, session(&db, account.id, 2, TERM).await);
    let by_cookie = db.store.session_by_cookie(&digest(1)).await.unwrap().unwrap();
    assert_eq!((by_cookie.session_id, &by_cookie.account), (first, &account));
    assert_eq!(db.store.session_by_refresh(&digest(102)).await.unwrap().unwrap().session_id, second);
    assert_eq!(db.store.session_by_cookie(&digest(101)).await.unwrap(), None, "a refresh token is no cookie");
    let listed = db.store.sessions(account.id).await.unwrap();
    assert_eq!(listed.iter().map(|session| session.id).collect::<Vec<_>>(), [second, first]);
    assert!(listed.iter().all(|session| !session.current));

    let stranger = user(&db).await.id;
    assert!(matches!(db.store.end_session(stranger, first).await, Err(StoreError::NotFound(_))));
    db.store.end_session(account.id, first).await.unwrap();
    db.store.end_session(account.id, first).await.unwrap();
    assert_eq!(db.store.session_by_cookie(&digest(1)).await.unwrap(), None);
    assert_eq!(db.store.session(first).await.unwrap(), None);
    assert_eq!(db.store.session(second).await.unwrap().unwrap().account, account);
    assert_eq!(db.store.live_sessions(&[first, second, Uuid::nil()]).await.unwrap(), [second]);
    assert!(db.store.live_sessions(&[]).await.unwrap().is_empty());
}

pub(super) async fn unused_session_expires_and_a_used_one_is_prolonged(db: Database) {
    let account = user(&db).await;
    let (old, used) = (session(&db, account.id, 1, Duration::from_micros(1)).await, session(&db, account.id, 2, Duration::from_secs(3_600)).await);
    // A clock with milliseconds: the shortest lifetime may not be over yet.
    db.execute(&format!("UPDATE sessions SET expires_at = expires_at - {} WHERE id = {}", db.seconds(1), db.id(old))).await;
    assert_eq!(db.store.session_by_cookie(&digest(1)).await.unwrap(), None);

    let half = db.seconds(1_800);
    db.execute(&format!("UPDATE sessions SET last_used_at = last_used_at - {half}, expires_at = expires_at - {half} WHERE id = {}", db.id(used)))
        .await;
    let before = db.store.sessions(account.id).await.unwrap()[0].last_used_at;
    assert!(db.store.session_by_cookie(&digest(2)).await.unwrap().is_some());
    let after = db.store.sessions(account.id).await.unwrap()[0].last_used_at;
    assert!(after.micros() - before.micros() >= 1_800_000_000);
    assert!(db.store.session_by_cookie(&digest(2)).await.unwrap().is_some());
    assert_eq!(db.store.sessions(account.id).await.unwrap()[0].last_used_at, after, "not again within five minutes");
    let left = db.seconds(3_000);
    let now = if db.settings.database_url.is_some() { "now()" } else { "unixepoch() * 1000000" };
    assert_eq!(db.number(&format!("SELECT count(*) FROM sessions WHERE id = {} AND expires_at > {now} + {left}", db.id(used))).await, 1);
}

pub(super) async fn new_password_ends_the_other_sessions(db: Database) {
    let account = user(&db).await;
    let (kept, ended) = (session(&db, account.id, 1, TERM).await, session(&db, account.id, 2, TERM).await);
    assert_eq!(db.store.set_password(account.id, "new", Some(kept)).await.unwrap(), [ended]);
    assert_eq!(db.store.credentials(&account.email).await.unwrap().unwrap().1, "new");
    assert_eq!(db.store.live_sessions(&[kept, ended]).await.unwrap(), [kept]);
    assert_eq!(db.store.set_password(account.id, "newer", None).await.unwrap(), [kept]);
}

pub(super) async fn ticket_is_spent_once_by_many(db: Database) {
    let account = user(&db).await;
    let id = session(&db, account.id, 1, TERM).await;
    db.store.issue_ticket(&digest(9), &SessionKey::Cookie(digest(1)), TERM).await.unwrap().unwrap();
    let spenders: Vec<_> = (0..20)
        .map(|_| {
            let store = db.store.clone();
            tokio::spawn(async move { store.spend_ticket(&digest(9)).await.unwrap() })
        })
        .collect();
    let mut spent = Vec::new();
    for spender in spenders {
        spent.extend(spender.await.unwrap());
    }
    assert_eq!(spent.len(), 1);
    assert_eq!((spent[0].session_id, spent[0].user_id), (id, account.id));
}

pub(super) async fn ticket_ends_with_its_session_and_its_time(db: Database) {
    let account = user(&db).await;
    let id = session(&db, account.id, 1, TERM).await;
    let key = SessionKey::Id { session_id: id, user_id: account.id };
    db.store.issue_ticket(&digest(1), &key, Duration::ZERO).await.unwrap().unwrap();
    assert_eq!(db.store.spend_ticket(&digest(1)).await.unwrap(), None, "expired");
    db.store.issue_ticket(&digest(2), &key, TERM).await.unwrap().unwrap();
    db.store.end_session(account.id, id).await.unwrap();
    assert_eq!(db.store.spend_ticket(&digest(2)).await.unwrap(), None, "session ended");
    assert_eq!(db.store.spend_ticket(&digest(4)).await.unwrap(), None, "unknown");
}

pub(super) async fn ticket_needs_a_live_session_and_extends_it(db: Database) {
    let (account, stranger) = (user(&db).await, user(&db).await);
    let id = session(&db, account.id, 1, TERM).await;
    let issue = async |n: u8, key: SessionKey| db.store.issue_ticket(&digest(n), &key, TERM).await.unwrap().map(|ticket| ticket.user_id);
    for (n, key) in [(10, SessionKey::Cookie(digest(1))), (11, SessionKey::Id { session_id: id, user_id: account.id })] {
        db.execute(&format!("UPDATE sessions SET last_used_at = last_used_at - {}", db.seconds(600))).await;
        let before = db.store.sessions(account.id).await.unwrap()[0].last_used_at;
        assert_eq!(issue(n, key).await, Some(account.id));
        assert!(db.store.sessions(account.id).await.unwrap()[0].last_used_at > before);
    }
    assert_eq!(issue(12, SessionKey::Cookie(digest(101))).await, None, "a refresh token is no cookie");
    assert_eq!(issue(13, SessionKey::Id { session_id: id, user_id: stranger.id }).await, None, "somebody else's");
    db.execute(&format!("UPDATE sessions SET expires_at = expires_at - {} WHERE id = {}", db.seconds(61), db.id(id))).await;
    assert_eq!(issue(14, SessionKey::Cookie(digest(1))).await, None, "expired");
    db.store.end_session(account.id, id).await.unwrap();
    assert_eq!(issue(15, SessionKey::Id { session_id: id, user_id: account.id }).await, None, "ended");
    assert_eq!(db.number("SELECT count(*) FROM ws_tickets").await, 2);
}

pub(super) async fn attempts_are_counted_in_windows(db: Database) {
    for n in 1..=3 {
        assert_eq!(db.store.count_attempt("sign-in:ada", TERM).await.unwrap(), n);
    }
    assert_eq!(db.store.count_attempt("sign-in:bob", TERM).await.unwrap(), 1);
    db.execute(&format!("UPDATE attempt_counters SET ends_at = ends_at - {}", db.seconds(61))).await;
    assert_eq!(db.store.count_attempt("sign-in:ada", TERM).await.unwrap(), 1, "another window");
    assert_eq!(db.store.count_attempt("sign-in:ada", TERM).await.unwrap(), 2);
}

pub(super) async fn attempts_are_taken_back(db: Database) {
    for _ in 0..3 {
        db.store.count_attempt("sign-in:ada", TERM).await.unwrap();
        db.store.uncount_attempt("sign-in:ada").await.unwrap();
    }
    assert_eq!(db.store.attempts("sign-in:ada").await.unwrap(), 1);
    assert_eq!(db.store.count_attempt("sign-in:ada", TERM).await.unwrap(), 2);
    assert_eq!(db.store.attempts("sign-in:bob").await.unwrap(), 0);
    db.execute(&format!("UPDATE attempt_counters SET ends_at = ends_at - {}", db.seconds(61))).await;
    assert_eq!(db.store.attempts("sign-in:ada").await.unwrap(), 0, "another window");
}

pub(super) async fn user_has_a_hundred_sessions_at_most(db: Database) {
    let account = user(&db).await;
    let mut ids = Vec::new();
    for secret in 0..102 {
        ids.push(session(&db, account.id, secret, TERM).await);
    }
    let live = db.store.live_sessions(&ids).await.unwrap();
    assert_eq!(live.len(), 100);
    assert!(!live.contains(&ids[0]) && !live.contains(&ids[1]), "the least recently used have ended");
    assert_eq!(db.store.device_of_cookie(&digest(0)).await.unwrap(), Some((ids[0], account.id)), "its device is still known");
}

pub(super) async fn instance_secret_is_the_same_for_all(db: Database) {
    assert_eq!(db.store.instance_secret(b"first").await.unwrap(), b"first");
    assert_eq!(db.store.instance_secret(b"second").await.unwrap(), b"first");
}

pub(super) async fn deleting_expired_rows_keeps_live_ones(db: Database) {
    let account = user(&db).await;
    let (dead, live) = (session(&db, account.id, 1, TERM).await, session(&db, account.id, 2, TERM).await);
    db.execute(&format!("UPDATE sessions SET expires_at = expires_at - {} WHERE id = {}", db.seconds(61), db.id(dead))).await;
    let key = |session_id| SessionKey::Id { session_id, user_id: account.id };
    db.store.issue_ticket(&digest(1), &key(live), Duration::ZERO).await.unwrap().unwrap();
    db.store.issue_ticket(&digest(2), &key(live), TERM).await.unwrap().unwrap();
    assert_eq!(db.store.issue_ticket(&digest(3), &key(dead), TERM).await.unwrap(), None);
    db.store.count_attempt("past", Duration::ZERO).await.unwrap();
    db.store.count_attempt("now", TERM).await.unwrap();
    let sweeps: Vec<_> = (0..4)
        .map(|_| {
            let store = db.store.clone();
            tokio::spawn(async move { store.delete_expired().await })
        })
        .collect();
    for sweep in sweeps {
        sweep.await.unwrap().unwrap();
    }
    assert_eq!(db.number("SELECT count(*) FROM sessions").await, 1);
    assert_eq!(db.number("SELECT count(*) FROM ws_tickets").await, 1);
    assert_eq!(db.number("SELECT count(*) FROM attempt_counters").await, 1);
    assert!(db.store.spend_ticket(&digest(2)).await.unwrap().is_some());
}
