#!/usr/bin/env bash
# CPU of one look of the sensors, of which the agent takes one a second. Wants the release programs of bench/ (./dev bench
# builds them). No peer looks at the same.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
"${STEWARD_BIN_DIR:-$root/build/release/bin}/sensors_bench" 2000 | awk '
  BEGIN { print "CPU of one look, of one a second\n\n| what | µs |\n|---|--:|" }
  { us = $(NF - 3); sub(/ +[0-9.]+ us a look$/, ""); sub(/^ +/, ""); printf "| %s | %s |\n", $0, us
    if (/^host/ || /^disks/ || /^verdicts/) sum += us
    if (/^one bot/) sum += 5 * us }
  END { printf "| **all sensors, 5 bots** | %.0f |\n\n@ sensors, 5 bots: processor at a look a second | %.4f %% of a core | | | ≤ 0.03 %% |\n",
          sum, sum / 10000 }'
