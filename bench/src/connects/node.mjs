// The servers that `connects` compares with: Node and `ws`, with the same tickets and Redis subscriptions. With the URL of a database it does
// what Playmarks does there, by the same statements; without one, tickets are kept in memory, and nothing is ever read.
import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import { createConnection } from "node:net";
import { createRequire } from "node:module";

const [modules, secret, redisPort, databaseUrl] = process.argv.slice(2);
const require = createRequire(`${modules}/`);
const { WebSocketServer } = require("ws");

const redis = createConnection(Number(redisPort), "127.0.0.1").setNoDelay(true);
const confirmations = [];
const subscriptions = new Map();
redis.on("data", (data) => {
  for (let confirmed = data.toString().split("\r\nsubscribe\r\n").length - 1; confirmed > 0; confirmed--) confirmations.shift()();
});

function subscribe(user) {
  let subscribed = subscriptions.get(user);
  if (!subscribed) {
    const channel = `progress:user:${user}`;
    subscribed = new Promise((resolve) => confirmations.push(resolve));
    subscriptions.set(user, subscribed);
    redis.write(`*2\r\n$9\r\nSUBSCRIBE\r\n$${channel.length}\r\n${channel}\r\n`);
  }
  return subscribed;
}

function verify(token) {
  const [header, claims, signature] = token.split(".");
  const expected = createHmac("sha256", secret).update(`${header}.${claims}`).digest();
  if (!timingSafeEqual(expected, Buffer.from(signature, "base64url"))) return null;
  const { sub, sid, exp } = JSON.parse(Buffer.from(claims, "base64url").toString());
  return exp * 1000 > Date.now() ? { user: sub, session: sid } : null;
}

function inMemory() {
  const tickets = new Map();
  return {
    issue: async (ticket, session) => { tickets.set(ticket, session); },
    spend: async (ticket) => {
      const session = tickets.get(ticket);
      tickets.delete(ticket);
      return session;
    },
    snapshot: async () => [],
  };
}

function inDatabase() {
  // As many connections as Playmarks has.
  const pool = new (require("pg").Pool)({ connectionString: databaseUrl, max: 16 });
  const hash = (ticket) => createHash("sha256").update(ticket).digest();
  const query = async (name, text, values) => (await pool.query({ name, text, values })).rows;
  return {
    issue: async (ticket, { user, session }) => {
      await query(
        "issue",
        `INSERT INTO ws_tickets (ticket_hash, session_id, user_id, expires_at)
         SELECT $1, id, user_id, clock_timestamp() + interval '30 s' FROM sessions
         WHERE id = $2 AND user_id = $3 AND ended_at IS NULL AND expires_at > clock_timestamp()`,
        [hash(ticket), session, user],
      );
    },
    spend: async (ticket) => {
      const spent = await query(
        "spend",
        `DELETE FROM ws_tickets WHERE ticket_hash = $1 AND expires_at > clock_timestamp()
           AND EXISTS (SELECT 1 FROM sessions s WHERE s.id = session_id AND s.ended_at IS NULL AND s.expires_at > clock_timestamp())
         RETURNING user_id AS user, session_id AS session`,
        [hash(ticket)],
      );
      return spent[0];
    },
    snapshot: async ({ user, session }) => {
      const live = "SELECT 1 FROM sessions WHERE id = $1 AND ended_at IS NULL AND expires_at > clock_timestamp()";
      const states = `SELECT state FROM processing_jobs
        WHERE user_id = $1 AND (ended_at IS NULL OR (ended_at > clock_timestamp() - interval '5 min' AND dismissed_at IS NULL))
        ORDER BY created_at, id`;
      return (await Promise.all([query("live", live, [session]), query("snapshot", states, [user])]))[1];
    },
  };
}

const store = databaseUrl ? inDatabase() : inMemory();
const http = createServer(async (request, response) => {
  const session = verify(request.headers.authorization.slice("Bearer ".length));
  if (!session) return response.writeHead(401).end();
  const ticket = randomBytes(32).toString("base64url");
  await store.issue(ticket, session);
  const body = JSON.stringify({ ticket, expires_in: 30 });
  response.writeHead(201, { "Content-Type": "application/json", "Content-Length": body.length }).end(body);
});
const sockets = new WebSocketServer({ noServer: true });
http.on("upgrade", async (request, socket, head) => {
  const session = await store.spend(new URL(request.url, "http://localhost").searchParams.get("token"));
  if (!session) return socket.destroy();
  await subscribe(session.user);
  const states = await store.snapshot(session);
  sockets.handleUpgrade(request, socket, head, (socket) => {
    socket.send(JSON.stringify({ type: "heartbeat", version: "1", now: new Date().toISOString() }));
    for (const { state } of states) socket.send(JSON.stringify(state));
  });
});
http.listen(0, "127.0.0.1", () => console.log(http.address().port));
