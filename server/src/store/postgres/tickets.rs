//! WebSocket tickets, issued and spent for many sockets at once: see [`Batcher`].

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

use super::kept::KeptConnections;
use crate::store::{
    Digest, Result, SessionKey, TicketSession,
    batcher::Batcher,
    micros::as_micros,
    sessions::{EXTEND_INTERVAL, TicketRow},
};

/// What opening a socket asks of the database, besides the snapshot.
pub(super) struct SocketBatchers {
    pub(super) issue: Batcher<NewTicket, Option<TicketRow>>,
    pub(super) spend: Batcher<Digest, Option<TicketSession>>,
    pub(super) is_live: Batcher<Uuid, bool>,
}

/// A ticket to issue.
pub(super) struct NewTicket {
    pub(super) hash: Digest,
    pub(super) session: SessionKey,
    pub(super) ttl: Duration,
}

/// An answer about the ticket with this hash.
#[derive(FromRow)]
struct Answer<T> {
    ticket_hash: Digest,
    #[sqlx(flatten)]
    answer: T,
}

impl SocketBatchers {
    pub(super) fn new(connections: &Arc<KeptConnections>) -> Self {
        let [one, two, three] = [(); 3].map(|()| Arc::clone(connections));
        Self {
            issue: Batcher::new(move |tickets| issue(one.clone(), tickets)),
            spend: Batcher::new(move |hashes| spend(two.clone(), hashes)),
            is_live: Batcher::new(move |sessions| are_live(three.clone(), sessions)),
        }
    }
}

async fn issue(connections: Arc<KeptConnections>, tickets: Vec<NewTicket>) -> Result<Vec<Option<TicketRow>>> {
    let hashes: Vec<Digest> = tickets.iter().map(|ticket| ticket.hash).collect();
    let parts = || tickets.iter().map(|ticket| ticket.session.parts());
    let mut connection = connections.take().await?;
    let rows: Vec<Answer<TicketRow>> = sqlx::query_as(
        "INSERT INTO ws_tickets (ticket_hash, session_id, user_id, expires_at)
         SELECT n.ticket_hash, s.id, s.user_id, clock_timestamp() + n.ttl * interval '1 microsecond'
         FROM UNNEST($1::bytea[], $2::uuid[], $3::bytea[], $4::uuid[], $5::bigint[]) AS n (ticket_hash, session_id, cookie_hash, user_id, ttl)
         JOIN sessions s ON s.id = COALESCE(n.session_id, (SELECT c.id FROM sessions c WHERE c.cookie_hash = n.cookie_hash))
         WHERE s.user_id = COALESCE(n.user_id, s.user_id) AND s.ended_at IS NULL AND s.expires_at > clock_timestamp()
         RETURNING ticket_hash, session_id, user_id,
             (SELECT s.last_used_at < clock_timestamp() - $6 * interval '1 microsecond' FROM sessions s WHERE s.id = session_id) AS stale",
    )
    .bind(&hashes)
    .bind(parts().map(|(_, session_id, _)| session_id).collect::<Vec<_>>())
    .bind(parts().map(|(cookie_hash, ..)| cookie_hash).collect::<Vec<_>>())
    .bind(parts().map(|(.., user_id)| user_id).collect::<Vec<_>>())
    .bind(tickets.iter().map(|ticket| as_micros(ticket.ttl)).collect::<Vec<_>>())
    .bind(as_micros(EXTEND_INTERVAL))
    .fetch_all(&mut *connection)
    .await?;
    connections.put_back(connection);
    Ok(in_order(&hashes, rows))
}

/// One that has expired is left for `delete_expired`.
async fn spend(connections: Arc<KeptConnections>, hashes: Vec<Digest>) -> Result<Vec<Option<TicketSession>>> {
    let mut connection = connections.take().await?;
    let rows: Vec<Answer<TicketSession>> = sqlx::query_as(
        "DELETE FROM ws_tickets
         WHERE ticket_hash = ANY($1) AND expires_at > clock_timestamp()
           AND EXISTS (SELECT 1 FROM sessions s WHERE s.id = session_id AND s.ended_at IS NULL AND s.expires_at > clock_timestamp())
         RETURNING ticket_hash, session_id, user_id",
    )
    .bind(&hashes)
    .fetch_all(&mut *connection)
    .await?;
    connections.put_back(connection);
    Ok(in_order(&hashes, rows))
}

async fn are_live(connections: Arc<KeptConnections>, sessions: Vec<Uuid>) -> Result<Vec<bool>> {
    let mut connection = connections.take().await?;
    let live: HashSet<Uuid> = live_sessions(&mut connection, &sessions).await?.into_iter().collect();
    connections.put_back(connection);
    Ok(sessions.iter().map(|session| live.contains(session)).collect())
}

/// Those of these sessions that are live.
pub(super) async fn live_sessions(connection: &mut PgConnection, sessions: &[Uuid]) -> Result<Vec<Uuid>> {
    Ok(sqlx::query_scalar("SELECT id FROM sessions WHERE id = ANY($1) AND ended_at IS NULL AND expires_at > clock_timestamp()")
        .bind(sessions)
        .fetch_all(connection)
        .await?)
}

/// Of several callers with the same ticket, only the first gets its answer.
fn in_order<T>(hashes: &[Digest], rows: Vec<Answer<T>>) -> Vec<Option<T>> {
    let mut answers: HashMap<Digest, T> = rows.into_iter().map(|row| (row.ticket_hash, row.answer)).collect();
    hashes.iter().map(|hash| answers.remove(hash)).collect()
}
