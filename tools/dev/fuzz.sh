# ./dev fuzz: libFuzzer over every tests/fuzz/NAME_fuzz.cpp. What it finds new is kept in build/fuzz/corpus;
# an input that breaks something is left in build/fuzz/crash-NAME-…
# shellcheck shell=bash

cmd_fuzz() {
  local seconds=60 names=()
  while [ $# -gt 0 ]; do
    case "$1" in
      --seconds) seconds=${2:?--seconds needs a number}; shift ;;
      -*) die "./dev fuzz: unknown option '$1'; it takes names and --seconds S" ;;
      *) names+=("$1") ;;
    esac
    shift
  done
  [ ${#names[@]} -gt 0 ] || mapfile -t names < <(fuzzer_names)
  setup build fuzz
  build_preset fuzz "${names[@]/%/_fuzz}"
  local name failed=()
  for name in "${names[@]}"; do
    fuzz_one "$name" "$seconds" || failed+=("$name")
  done
  [ ${#failed[@]} -eq 0 ] || die "./dev fuzz: found faults in: ${failed[*]} (inputs: build/fuzz/crash-*)"
  say "${#names[@]} fuzzers ran $seconds s each and found nothing"
}

fuzzer_names() { find tests/fuzz -name '*_fuzz.cpp' -printf '%f\n' | sed 's/_fuzz\.cpp$//' | sort; }

fuzz_one() {
  local found=build/fuzz/corpus/$1 log
  log=$(log_of fuzz "$1")
  mkdir -p "$found"
  say "fuzzing $1 for $2 s"
  "build/fuzz/bin/$1_fuzz" -max_total_time="$2" -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="build/fuzz/crash-$1-" "$found" "tests/data/corpus/$1" >"$log" 2>&1 ||
    { tail -40 "$log"; return 1; }
  grep -E 'number_of_executed_units|DONE' "$log"
}
