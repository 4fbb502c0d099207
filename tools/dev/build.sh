# Building and testing through the presets of CMakePresets.json. Sourced by ./dev.
# shellcheck shell=bash

# configure PRESET: always, it takes a second: a new folder of src/ is found only so.
configure() {
  local log
  log=$(log_of "$1" configure)
  cmake --preset "$1" >"$log" 2>&1 ||
    { cat "$log"; die "./dev: CMake could not configure the preset '$1' (above)"; }
}

log_of() {
  mkdir -p build/logs
  echo "build/logs/$1-$2.log"
}

# build_preset PRESET [TARGET...]
build_preset() {
  local preset=$1 targets=()
  shift
  [ $# -eq 0 ] || targets=(--target "$@")
  configure "$preset"
  cmake --build "build/$preset" "${targets[@]}"
}

cmd_build() {
  local preset=release profile=
  while [ $# -gt 0 ]; do
    case "$1" in
      --profile) profile=1 ;;
      -*) die "./dev build: unknown option '$1'; it takes a preset and --profile" ;;
      *) preset=$1 ;;
    esac
    shift
  done
  setup build
  build_preset "$preset"
  [ -z "$profile" ] || slowest_files "build/$preset/.ninja_log"
  say "built: build/$preset/bin"
}

# The twenty steps that took longest when they last ran, from ninja's log (start, end in ms; target).
slowest_files() {
  echo "seconds  step"
  awk -F'\t' '!/^#/ { last[$4] = $2 - $1 } END { for (f in last) printf "%7.1f  %s\n", last[f] / 1000, f }' "$1" |
    sort -rn | head -20
}

cmd_test() {
  setup build test
  setup_venv
  setup_versitygw
  say "building with ASan and UBSan"
  build_preset dev
  run_ctest "$@"
}

# ctest's closing lines come last on the screen. In CI a test that was skipped is a failure.
run_ctest() {
  local log status=0
  log=$(log_of dev ctest)
  export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_stack_use_after_return=1:strict_string_checks=1}
  export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
  ctest --test-dir build/dev -j2 --output-on-failure --no-tests=error "$@" 2>&1 | tee "$log" || status=$?
  if [ "${CI:-}" = true ] && grep -qE '\*\*\*Skipped|\(Skipped\)' "$log"; then
    echo "./dev test: in CI everything that tests need has to be here, but these were skipped:" >&2
    grep -E '\(Skipped\)' "$log" >&2 || true
    status=1
  fi
  return $status
}

cmd_fmt() {
  setup lint
  git ls-files -z -- '*.cpp' '*.hpp' | xargs -0 -r clang-format-19 -i
}
