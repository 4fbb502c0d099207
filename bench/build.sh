#!/usr/bin/env bash
# A clean release build of the programs (steward, steward-keeper) in a folder of its own, without ccache.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
CCACHE_DISABLE=1 cmake -S "$root" --preset release -B "$folder" >&2
build() { CCACHE_DISABLE=1 cmake --build "$folder" --target steward steward-keeper >"$folder/build.log" 2>&1; }
TIMEFORMAT="%R %U %S"
taken=$( { time build; } 2>&1) || { tail -20 "$folder/build.log" >&2; exit 1; }
awk -v taken="$taken" -v cores="$(nproc)" -v units="$(find "$folder" -name '*.o' | wc -l)" 'BEGIN {
  split(taken, t, " ")
  s = t[1]
  printf "| | |\n|---|--:|\n| clean build of steward and steward-keeper, %d cores | %d:%02d min |\n", cores, s / 60, s % 60
  printf "| processor time of it | %d s |\n| files compiled | %d |\n", t[2] + t[3], units
  printf "@ clean build, %d cores, no ccache | %d:%02d min, %d s of processor time | | | ≤ 4 min |\n",
    cores, s / 60, s % 60, t[2] + t[3] }'
