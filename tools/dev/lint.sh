# ./dev lint: every check runs, then one line each says how it went.
# shellcheck shell=bash

cmd_lint() {
  [ $# -eq 0 ] || die "./dev lint takes no options"
  setup build lint
  configure dev
  LINT_SUMMARY=()
  LINT_STATUS=0
  check "format" check_format
  check "direction of includes" python3 tools/include_direction.py
  check "shell scripts" check_shell
  check "Python 3.9 syntax" check_python
  check "clang-tidy" python3 tools/tidy.py build/dev
  printf '%s\n' "${LINT_SUMMARY[@]}"
  return $LINT_STATUS
}

# check NAME COMMAND...
check() {
  local name=$1
  shift
  if "$@"; then
    LINT_SUMMARY+=("lint: $name: ok")
  else
    LINT_SUMMARY+=("lint: $name: FAILED (above)")
    LINT_STATUS=1
  fi
}

check_format() {
  git ls-files -z -- '*.cpp' '*.hpp' | xargs -0 -r clang-format-19 --dry-run --Werror ||
    { echo "mend it with: ./dev fmt"; return 1; }
}

check_shell() {
  local scripts
  mapfile -t scripts < <(git ls-files -- dev .ci/run '*.sh')
  shellcheck --external-sources --severity=warning "${scripts[@]}"
}

# The client promises to run on Python 3.9; the tools and tests keep to it too.
check_python() {
  git ls-files -z -- '*.py' | python3 -c '
import ast, sys
bad = 0
for path in filter(None, sys.stdin.read().split("\0")):
    with open(path, encoding="utf-8") as file:
        try:
            ast.parse(file.read(), path, feature_version=(3, 9))
        except SyntaxError as error:
            print(f"{path}:{error.lineno}: {error.msg} (Python 3.9)")
            bad = 1
sys.exit(bad)'
}
