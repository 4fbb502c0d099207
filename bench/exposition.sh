#!/usr/bin/env bash
# Text exposition of 10,000 counters: Steward, prometheus-cpp and prometheus_client in one run. Medians.
# Wants the release programs of bench/ (./dev bench builds them) and prometheus_client in build/venv.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
bin=${STEWARD_BIN_DIR:-$root/build/release/bin}
python=$root/build/venv/bin/python

peer_python() {
  "$python" - <<'PY'
import statistics, time
from prometheus_client import CollectorRegistry, Counter, generate_latest

registry = CollectorRegistry()
counter = Counter("orders_placed", "Orders that the exchange accepted.", ["market_type", "strategy"], registry=registry)
children = [counter.labels("WIN", f"strategy-{i}") for i in range(10_000)]
times = []
for _ in range(15):
    for child in children:
        child.inc()
    begin = time.perf_counter()
    text = generate_latest(registry)
    times.append((time.perf_counter() - begin) * 1000)
print(f"all {statistics.median(times):.4f} 0 {len(text)}")
PY
}

ours=$("$bin/exposition_bench")
cpp=$("$bin/exposition_prometheus_cpp_bench")
client="all - 0 0"
if "$python" -c 'import prometheus_client' 2>/dev/null; then
  client=$(PROMETHEUS_DISABLE_CREATED_SERIES=true peer_python)
else
  echo "prometheus_client is not in build/venv: it is left out" >&2
fi

of() { awk -v row="$1" -v column="$2" '$1 == row { print $column }' <<<"$3"; }
all=$(of all 2 "$ours")
row() { # name, milliseconds
  awk -v name="$1" -v ms="$2" -v ours="$all" \
    'BEGIN { if (ms == "-") print "| " name " | not measured | |"; else printf "| %s | %.3f | %.1f |\n", name, ms, ms / ours }'
}

echo "One exposition of 10,000 labelled counters, $(of all 4 "$ours") bytes of text 0.0.4; medians"
echo
echo "| | ms | times ours |"
echo "|---|--:|--:|"
row "**Steward**, every value changed" "$all"
row "**Steward**, 1 % changed" "$(of some 2 "$ours")"
row "**Steward**, nothing changed" "$(of none 2 "$ours")"
row "**Steward**, every value changed its length" "$(of lengths 2 "$ours")"
row "Steward, setting all 10,000 by their labels before that" "$(of all 3 "$ours")"
row "prometheus-cpp, every value changed" "$(of all 2 "$cpp")"
row "prometheus_client, every value changed" "$(of all 2 "$client")"
awk -v ours="$all" -v peer="$(of all 2 "$cpp")" 'BEGIN {
  printf "@ /metrics with 10,000 series, every value changed | %.3f ms | prometheus-cpp %.3f ms | %.2f | ≤ 0.2 ms |\n",
    ours, peer, ours / peer }'
