#!/usr/bin/env bash
# GET /health and /metrics of a running Steward with five bots, of nginx and of gunicorn (a bare WSGI application) that
# answer the same bytes, in turn: wrk, 1 thread, 16 connections. Medians. What is missing is said and left out.
#   STEWARD_SECONDS of each run (5), STEWARD_ROUNDS (3)
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
bin=${STEWARD_BIN_DIR:-$root/build/release/bin}
seconds=${STEWARD_SECONDS:-5} rounds=${STEWARD_ROUNDS:-3}
work=$(mktemp -d)
pids=()
finish() {
  [ "${#pids[@]}" -eq 0 ] || kill "${pids[@]}" 2>/dev/null || true
  wait || true
  rm -rf "$work"
}
trap finish EXIT
command -v wrk >/dev/null || { echo "bench/http.sh needs wrk (./dev setup bench)" >&2; exit 1; }

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
wait_for() {
  for _ in $(seq 300); do curl -s -o /dev/null "$1" && return; sleep 0.1; done
  echo "$1 does not answer" >&2; return 1
}
declare -A url

start_steward() {
  local bot metrics dashboard
  metrics=$(free_port) dashboard=$(free_port)
  {
    printf '[steward]\nstate = "%s/state"\n' "$work"
    printf '[metrics]\nlisten = "127.0.0.1:%s"\n[dashboard]\nlisten = "127.0.0.1:%s"\n' "$metrics" "$dashboard"
    for bot in a b c d e; do printf '[[bot]]\nname = "%s"\ncommand = ["sleep", "infinity"]\n' "$bot"; done
  } >"$work/steward.toml"
  "$bin/steward" up --config "$work/steward.toml" >"$work/steward.log" 2>&1 & pids+=($!)
  url[steward/health]=http://127.0.0.1:$dashboard/health
  url[steward/metrics]=http://127.0.0.1:$metrics/metrics
  wait_for "${url[steward/metrics]}"
  for _ in $(seq 300); do [ "$(curl -s -o /dev/null -w '%{http_code}' "${url[steward/health]}")" = 200 ] && break; sleep 0.1; done
  curl -s "${url[steward/health]}" >"$work/health"
  curl -s "${url[steward/metrics]}" >"$work/metrics"
}

start_nginx() {
  local nginx port
  nginx=$(PATH=$PATH:/usr/sbin command -v nginx) || { echo "nginx is not here: left out (./dev setup bench)" >&2; return 0; }
  port=$(free_port)
  cat >"$work/nginx.conf" <<CONF
worker_processes 1; daemon off; pid $work/nginx.pid; error_log $work/nginx.log;
user root;
events { worker_connections 256; }
http {
  access_log off; keepalive_requests 1000000000; default_type application/json;
  open_file_cache max=16 inactive=1h;
  server { listen 127.0.0.1:$port; root $work; }
}
CONF
  "$nginx" -p "$work" -c "$work/nginx.conf" 2>/dev/null & pids+=($!)
  url[nginx/health]=http://127.0.0.1:$port/health url[nginx/metrics]=http://127.0.0.1:$port/metrics
  wait_for "${url[nginx/health]}"
}

start_gunicorn() {
  local port
  if [ ! -x "$root/build/venv/bin/gunicorn" ]; then
    echo "gunicorn is not in build/venv: left out" >&2
    return 0
  fi
  port=$(free_port)
  cat >"$work/app.py" <<'PY'
BODIES = {path: open(path[1:], "rb").read() for path in ("/health", "/metrics")}


def application(environ, start_response):
    body = BODIES[environ["PATH_INFO"]]
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
PY
  (cd "$work" && exec "$root/build/venv/bin/gunicorn" -w 2 --threads 8 --log-level error -b "127.0.0.1:$port" \
    app:application) & pids+=($!)
  url[gunicorn/health]=http://127.0.0.1:$port/health url[gunicorn/metrics]=http://127.0.0.1:$port/metrics
  wait_for "${url[gunicorn/health]}"
}

# "RATE P99_MS" of one run
run() {
  wrk -t1 -c16 -d"${seconds}s" --latency "$1" | awk '
    $1 == "99%" { p99 = $2 + 0; if ($2 ~ /us$/) p99 /= 1000; else if ($2 !~ /ms$/) p99 *= 1000 }
    /Requests\/sec/ { rate = $2 }
    /Non-2xx|Socket errors/ { print "errors: " $0 > "/dev/stderr" }
    END { printf "%.0f %.3f\n", rate, p99 }'
}
median() { sort -n -k"$1" "$2" | awk -v column="$1" '{ v[NR] = $column } END { print v[int((NR + 1) / 2)] }'; }

start_steward
start_nginx
start_gunicorn
echo "16 connections kept open, medians of $rounds rounds of $seconds s; /health $(wc -c <"$work/health") bytes,"
echo "/metrics $(wc -c <"$work/metrics") bytes"
echo
echo "| | GET | requests/s | p99, ms | **Steward** ÷ this |"
echo "|---|---|--:|--:|--:|"
summary=()
for path in health metrics; do
  for _ in $(seq "$rounds"); do
    for who in steward nginx gunicorn; do
      [ -z "${url[$who/$path]:-}" ] || run "${url[$who/$path]}" >>"$work/$who-$path.runs"
    done
  done
  ours=$(median 1 "$work/steward-$path.runs")
  for who in steward nginx gunicorn; do
    [ -e "$work/$who-$path.runs" ] || continue
    rate=$(median 1 "$work/$who-$path.runs")
    [ "$who" != nginx ] ||
      summary+=("@ GET /$path, requests/s | $ours | nginx $rate | $(awk -v a="$ours" -v b="$rate" 'BEGIN { printf "%.2f", a / b }') | |")
    printf '| %s | /%s | %s | %s | %s |\n' "$who" "$path" "$rate" "$(median 2 "$work/$who-$path.runs")" \
      "$(awk -v a="$ours" -v b="$rate" 'BEGIN { printf "%.2f", a / b }')"
  done
done
[ "${#summary[@]}" -eq 0 ] || printf '%s\n' "${summary[@]}"
