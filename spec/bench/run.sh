#!/bin/sh
# Builds the peers and measures: run.sh [ROW...], or the rows that ROWS names.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=${BUILD:-build}
log=$build/bench-build.log

if ! { cmake -S . -B "$build" -DMISTRAL_BENCH=ON &&
  cmake --build "$build" --target bench_peers --parallel 2; } >"$log" 2>&1; then
  tail -n 20 "$log" >&2
  exit 1
fi
# shellcheck disable=SC2086 # ROWS is a list of words
exec lua5.4 spec/bench/main.lua "$build" "$@" ${ROWS:-}
