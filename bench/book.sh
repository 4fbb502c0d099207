#!/usr/bin/env bash
# From lines of the market stream to order books: Steward, simdjson alone walking every field of the same lines, and
# betfairlightweight in its lightweight mode (from build/venv). Messages a second of CPU time, best of several rounds.
# The recordings are those of STEWARD_SHARED (default: ../shared beside the source).
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
bin=${STEWARD_BIN_DIR:-$root/build/release/bin}
python=$root/build/venv/bin/python
data=${STEWARD_SHARED:-$root/../shared}/data/betfair
[ -d "$data" ] || { echo "$data is not there; set STEWARD_SHARED to the folder that has the recordings" >&2; exit 1; }
files=("$data"/1.*)

peer() { # file: messages a second
  "$python" - "$1" <<'PY'
import logging, sys, time
from betfairlightweight.streaming import StreamListener

logging.disable(logging.CRITICAL)
lines = open(sys.argv[1]).read().splitlines()
best = 0.0
for _ in range(5):
    listener = StreamListener(max_latency=None, lightweight=True, output_queue=None)
    listener.register_stream(0, "marketSubscription")
    begin = time.process_time()
    for line in lines:
        listener.on_data(line)
        listener.snap()
    best = max(best, len(lines) / (time.process_time() - begin))
print(f"{best:.0f}")
PY
}

have_peer=yes
"$python" -c 'import betfairlightweight' 2>/dev/null || have_peer=
[ -n "$have_peer" ] || echo "betfairlightweight is not in build/venv: it is left out" >&2

echo "Messages a second, one core"
echo
echo "| recording | **Steward**: decode and book | simdjson: walk every field | ratio | betfairlightweight, lightweight | ratio |"
echo "|---|--:|--:|--:|--:|--:|"
while IFS=$'\t' read -r name books walked; do
  theirs=-
  [ -z "$have_peer" ] || theirs=$(peer "$data/$name")
  awk -v n="$name" -v b="$books" -v w="$walked" -v p="$theirs" 'BEGIN {
    printf "| %s | %d | %d | %.0f %% | %s | %s |\n", n, b, w, 100 * b / w, p, p == "-" ? "" : sprintf("%.0f×", b / p)
    bound = n == "1.200806927" ? "≥ 5 million/s" : "≥ 60 % of walking"
    printf "@ stream decode and book, %s | %.2f million messages/s | simdjson walking %.2f | %.2f | %s |\n",
      n, b / 1e6, w / 1e6, b / w, bound }'
done < <("$bin/book_bench" "${files[@]}")
