#!/usr/bin/env bash
# A clean release build of the programs (steward, steward-keeper) in a folder of its own, without ccache.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
CCACHE_DISABLE=1 cmake -S "$root" --preset release -B "$folder" >&2
begin=$(date +%s%N)
CCACHE_DISABLE=1 cmake --build "$folder" --target steward steward-keeper >&2
end=$(date +%s%N)
awk -v ns="$((end - begin))" -v cores="$(nproc)" -v units="$(find "$folder" -name '*.o' | wc -l)" 'BEGIN {
  s = ns / 1e9
  printf "| | |\n|---|--:|\n| clean build of steward and steward-keeper, %d cores | %d:%02d min |\n", cores, s / 60, s % 60
  printf "| files compiled | %d |\n", units
  printf "@ clean build, %d cores, no ccache | %d:%02d min | | | ≤ 4 min |\n", cores, s / 60, s % 60 }'
