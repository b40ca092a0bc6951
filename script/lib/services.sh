# shellcheck shell=bash
# Sourced by script/test and script/bench. start_services starts a PostgreSQL and a Redis on free ports with data in a temporary folder, and
# exports TEST_DATABASE_URL and TEST_REDIS_URL. Both are stopped and deleted when the calling script exits.

SERVICES_DIR=""
POSTGRES_BIN=""
REDIS_PID=""

# Prints a free port. Below the ephemeral range, because a client connection could take a port from there before a server listens on it.
free_port() {
    local port
    while :; do
        port=$((RANDOM % 12000 + 20000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
    done
}

# PostgreSQL refuses to run as root, so root runs it as the user postgres.
as_postgres() { if [ "$(id -u)" = 0 ]; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi; }

start_postgres() {
    local port data="$SERVICES_DIR/postgres"
    # The newest version, if several are installed.
    POSTGRES_BIN="$(compgen -G '/usr/lib/postgresql/*/bin' | sort -V | tail -1 || true)"
    [ -n "$POSTGRES_BIN" ] || POSTGRES_BIN="$(dirname "$(command -v postgres)")"
    mkdir "$data"
    [ "$(id -u)" != 0 ] || chown postgres "$data"
    as_postgres "$POSTGRES_BIN/initdb" -D "$data/db" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$SERVICES_DIR/initdb.log" 2>&1 ||
        die "PostgreSQL could not be initialised: $(tail -5 "$SERVICES_DIR/initdb.log")"
    port="$(free_port)"
    # Without durability, which tests do not need and which makes them slow.
    as_postgres "$POSTGRES_BIN/pg_ctl" -D "$data/db" -l "$data/log" -w -s start -o "-p $port -c listen_addresses=127.0.0.1 \
        -c unix_socket_directories=$data -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=500" ||
        die "PostgreSQL did not start: $(tail -5 "$data/log")"
    export TEST_DATABASE_URL="postgres://postgres@127.0.0.1:$port/postgres"
}

start_redis() {
    local port
    mkdir "$SERVICES_DIR/redis"
    port="$(free_port)"
    redis-server --port "$port" --bind 127.0.0.1 --save '' --appendonly no --dir "$SERVICES_DIR/redis" >"$SERVICES_DIR/redis/log" 2>&1 &
    REDIS_PID=$!
    for _ in $(seq 100); do
        [ "$(redis-cli -p "$port" ping 2>/dev/null)" = PONG ] && break
        kill -0 "$REDIS_PID" 2>/dev/null || die "Redis did not start: $(tail -5 "$SERVICES_DIR/redis/log")"
        sleep 0.1
    done
    export TEST_REDIS_URL="redis://127.0.0.1:$port/"
}

stop_services() {
    [ -z "$REDIS_PID" ] || kill "$REDIS_PID" 2>/dev/null || true
    [ ! -d "$SERVICES_DIR/postgres/db" ] || as_postgres "$POSTGRES_BIN/pg_ctl" -D "$SERVICES_DIR/postgres/db" -m immediate -s stop 2>/dev/null || true
    [ -z "$SERVICES_DIR" ] || rm -rf "$SERVICES_DIR"
}

start_services() {
    trap stop_services EXIT
    # Always in /tmp, because the user postgres may not have access to TMPDIR.
    SERVICES_DIR="$(mktemp -d /tmp/playmarks-services.XXXXXX)"
    chmod 755 "$SERVICES_DIR"
    start_postgres
    start_redis
    say "Started PostgreSQL at $TEST_DATABASE_URL and Redis at $TEST_REDIS_URL"
}
