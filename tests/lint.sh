#!/usr/bin/env bash
# Every linter, one after the other; all of them run even when one complains, and the exit code says whether any did.
set -u
cd "$(dirname "$0")/.."
bin=.venv/bin
failed=0
check() {
  local name=$1; shift
  local log; log=$(mktemp)
  if "$@" >"$log" 2>&1; then echo "  $name: clean"; else echo "  $name: FAILED"; cat "$log"; failed=1; fi
  rm -f "$log"
}
echo "Lint"
check "ruff" "$bin/ruff" check .
check "ruff format" "$bin/ruff" format --check .
check "mypy" "$bin/mypy"
check "import contracts" "$bin/lint-imports"
check "sqlfluff" "$bin/sqlfluff" lint --disable-progress-bar --processes 2 dbt_project/models dbt_project/tests
exit $failed
