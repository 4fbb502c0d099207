# ./dev bench: every bench/*.{sh,py} runs us and the peer in turn, on the release build. A script prints its
# result as a Markdown table, and lines "@ what | ours | peer | ratio | bound |" for the summary; all are collected in
# docs/benchmarks.md.
# shellcheck shell=bash

cmd_bench() {
  setup build test bench
  setup_venv
  build_preset release steward steward-keeper benches
  export STEWARD_BIN_DIR=$ROOT/build/release/bin STEWARD_SOURCE_DIR=$ROOT
  local script status=0
  mkdir -p build/bench
  take_results_from docs/benchmarks.md
  for script in $(bench_scripts "${1:-}"); do
    bench_one "$script" || status=1
  done
  bench_page >docs/benchmarks.md
  say "written: docs/benchmarks.md"
  return $status
}

bench_scripts() {
  local found
  found=$(find bench -maxdepth 1 \( -name "${1:-*}.sh" -o -name "${1:-*}.py" \) | sort)
  [ -n "$found" ] || die "./dev bench: there is no bench/$1.sh or .py; there are: $(ls bench)"
  echo "$found"
}

# What an earlier machine measured stays on the page, with its date, until it is measured here.
take_results_from() {
  local name
  while read -r name; do
    [ -e "build/bench/$name.md" ] && continue
    {
      sed -n "s/^| \(.*\) \`.\/dev bench $name\` |\$/@ \1/p" "$1"
      awk -v part="## $name" '/^## / { on = $0 == part; skip = 3 } on && skip-- <= 0' "$1" | sed '$ { /^$/d }'
    } >"build/bench/$name.md"
  done < <(sed -n 's/^## //p' "$1")
}

# A run that fails leaves the last good result standing. Figures of a machine that had other work are told as such; with
# `chrt --rr 1 ./dev bench NAME` (root) us and the peer both go before that work.
bench_one() {
  local name out load
  name=$(basename "${1%.*}")
  out=build/bench/$name
  load=$(cut -d' ' -f1 /proc/loadavg)
  ! chrt -p $$ | grep -q SCHED_RR || load="$load; us and the peers with real-time priority"
  say "bench: $name (load average before: $load)"
  if "$1" >"$out.new" 2> >(tee "$out.log" >&2); then
    { cat "$out.new"; printf '\n%s, load average before: %s\n' "$(date -u '+%F %H:%M UTC')" "$load"; } >"$out.md"
    rm "$out.new"
    cat "$out.md"
  else
    echo "bench: $name failed; see $out.log" >&2
    return 1
  fi
}

bench_page() {
  cat <<PAGE
# Benchmarks: us, the peers and the bounds

Every figure comes from a script in [bench/](../bench) that runs Steward and its peer in turn on the same machine;
\`./dev bench\` runs them all and writes this page, \`./dev bench NAME\` one of them. The ratio is ours ÷ the peer's.
The bounds are meant for a machine without other work; each section says what load its run met.

Machine: $(nproc) cores, $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1), Linux $(uname -r), \
$(date -u +%F), commit $(git rev-parse --short HEAD).

| what | ours | peer | ratio | bound | command |
|---|--:|--:|--:|--:|---|
PAGE
  local result name
  for result in build/bench/*.md; do
    [ -e "$result" ] || continue
    name=$(basename "$result" .md)
    sed -n "s/^@ \(.*\)\$/| \1 \`.\/dev bench $name\` |/p" "$result"
  done
  for result in build/bench/*.md; do
    [ -e "$result" ] || continue
    name=$(basename "$result" .md)
    printf '\n## %s\n`./dev bench %s`\n\n' "$name" "$name"
    sed '/^@ /d' "$result"
  done
}
