#!/usr/bin/env bash
# GET /health and /metrics of Steward's server, of nginx answering inline, and of gunicorn running a bare WSGI
# application, in turn on this machine: wrk, 1 thread, 16 connections. Prints requests/s, p99 and the ratios.
# Needs nginx-light, wrk, and a Python with venv and pip; what is missing is said and left out.
#   bench/http.sh [SECONDS=5] [ROUNDS=3]
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-5} rounds=${2:-3}
build=build/release
work=$(mktemp -d)
pids=()
finish() {
  if [ "${#pids[@]}" -gt 0 ]; then kill "${pids[@]}" 2>/dev/null || true; fi
  wait || true
  rm -rf "$work"
}
trap finish EXIT
command -v wrk >/dev/null || { echo "bench/http.sh needs wrk: apt-get install wrk" >&2; exit 1; }

cmake --build "$build" --target http_bench >/dev/null
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
wait_for() {
  for _ in $(seq 100); do curl -sf -o /dev/null "$1" && return; sleep 0.1; done
  echo "$1 does not answer" >&2; return 1
}

declare -A port
port[steward]=$(free_port)
"$build/bin/http_bench" "${port[steward]}" & pids+=($!)
wait_for "http://127.0.0.1:${port[steward]}/metrics"
health=$(curl -s "http://127.0.0.1:${port[steward]}/health")
metrics=$(curl -s "http://127.0.0.1:${port[steward]}/metrics")

if nginx=$(PATH=$PATH:/usr/sbin command -v nginx); then
  port[nginx]=$(free_port)
  cat > "$work/nginx.conf" <<CONF
worker_processes 1; daemon off; pid $work/nginx.pid; error_log $work/nginx.log;
events { worker_connections 256; }
http {
  access_log off; keepalive_requests 1000000000; default_type application/json;
  server { listen 127.0.0.1:${port[nginx]};
    location = /health { return 200 '$health'; } location = /metrics { return 200 '$metrics'; } }
}
CONF
  "$nginx" -p "$work" -c "$work/nginx.conf" & pids+=($!)
  wait_for "http://127.0.0.1:${port[nginx]}/metrics"
else
  echo "nginx is not there (apt-get install nginx-light): left out"
fi

venv=build/bench-venv
if [ -x "$venv/bin/gunicorn" ] || { python3 -m venv "$venv" && "$venv/bin/pip" install -q gunicorn; } >"$work/pip.log" 2>&1; then
  port[gunicorn]=$(free_port)
  HEALTH=$health METRICS=$metrics python3 - > "$work/app.py" <<'PY'
import os
print(f"BODIES = {{'/health': {os.environ['HEALTH'].encode()!r}, '/metrics': {os.environ['METRICS'].encode()!r}}}")
print("""
def application(environ, start_response):
    body = BODIES[environ['PATH_INFO']]
    start_response('200 OK', [('Content-Type', 'application/json'), ('Content-Length', str(len(body)))])
    return [body]
""")
PY
  (cd "$work" && exec "$OLDPWD/$venv/bin/gunicorn" -w 2 --threads 8 --log-level error -b "127.0.0.1:${port[gunicorn]}" app:application) & pids+=($!)
  wait_for "http://127.0.0.1:${port[gunicorn]}/metrics"
else
  echo "gunicorn could not be installed (see pip's own words below): left out"
  tail -2 "$work/pip.log"
fi

# "RATE P99_MS" of one run
run() {
  wrk -t1 -c16 -d"${seconds}s" --latency "http://127.0.0.1:${port[$1]}$2" | awk '
    $1 == "99%" { p99 = $2 + 0; if ($2 ~ /us$/) p99 /= 1000; else if ($2 !~ /ms$/) p99 *= 1000 }
    /Requests\/sec/ { rate = $2 }
    /Non-2xx|Socket errors/ { print "errors: " $0 > "/dev/stderr" }
    END { printf "%.0f %.3f\n", rate, p99 }'
}
for path in /health /metrics; do
  for who in "${!port[@]}"; do : > "$work/$who"; done
  for _ in $(seq "$rounds"); do
    for who in steward nginx gunicorn; do [ -z "${port[$who]:-}" ] || run "$who" "$path" >> "$work/$who"; done
  done
  echo "GET $path, $rounds rounds of $seconds s, medians"
  for who in steward nginx gunicorn; do
    [ -n "${port[$who]:-}" ] || continue
    rate=$(sort -n "$work/$who" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }')
    p99=$(sort -n -k2 "$work/$who" | awk '{ v[NR] = $2 } END { print v[int((NR + 1) / 2)] }')
    [ "$who" = steward ] && ours=$rate
    printf '  %-9s %9.0f requests/s   p99 %7.3f ms   steward/%s %.2f\n' "$who" "$rate" "$p99" "$who" "$(echo "$ours $rate" | awk '{ print $1 / $2 }')"
  done
done
