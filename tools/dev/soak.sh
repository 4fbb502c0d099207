# ./dev soak: the campaigns of tests/e2e/*_faults.py with many seeds each, on the sanitized build. Their closing
# lines become docs/soak.md.
# shellcheck shell=bash

cmd_soak() {
  local count=100
  while [ $# -gt 0 ]; do
    case "$1" in
      --count) count=${2:?--count needs a number} ;;
      *) die "./dev soak: unknown option '$1'; it takes --count N" ;;
    esac
    shift 2
  done
  setup build test
  build_preset dev
  export STEWARD_BIN_DIR=$ROOT/build/dev/bin STEWARD_SOURCE_DIR=$ROOT
  local script status=0 rows=()
  for script in tests/e2e/*_faults.py; do
    [ -e "$script" ] || die "./dev soak: there is no campaign in tests/e2e (NAME_faults.py)"
    soak_one "$script" "$count" || status=1
  done
  soak_page "$count" >docs/soak.md
  say "written: docs/soak.md"
  return $status
}

# Runs one campaign and adds its row to `rows`.
soak_one() {
  local name log verdict=passed started=$SECONDS
  name=$(basename "$1" .py)
  log=$(log_of soak "$name")
  say "$name: $2 seeds (log: $log)"
  python3 "$1" --seeds "$2" >"$log" 2>&1 || verdict="**failed**"
  rows+=("| $name | $2 | $((SECONDS - started)) s | $verdict | $(tail -1 "$log" | tr '|' '/') |")
  tail -1 "$log"
  [ "$verdict" = passed ]
}

soak_page() {
  cat <<PAGE
# Soak: campaigns of faults

Bots, agent and keeper are killed at random instants, seed after seed; after each the campaign checks that nothing
strayed, ran twice, was lost or counted double. Run it with \`./dev soak --count $1\`.

Commit $(git rev-parse --short HEAD), $(date -u +%F), $(nproc) cores, Linux $(uname -r), ASan + UBSan build.

| campaign | seeds | took | verdict | its closing line |
|---|--:|--:|---|---|
PAGE
  printf '%s\n' "${rows[@]}"
}
