#!/bin/sh
# Configures and builds a folder: build.sh FOLDER [CMAKE OPTION...]
# Quiet when all is well; a missing tool or library is one sentence.
set -u
cd "$(dirname "$0")/../.." || exit 1
folder=$1
shift

if ! command -v cmake >/dev/null; then
  echo "cmake is missing: install cmake (and a C compiler, libcurl's and Lua's headers)." >&2
  exit 1
fi
mkdir -p "$folder" || exit 1
log=$folder/configure.log
if ! cmake -S . -B "$folder" -DCMAKE_RULE_MESSAGES=OFF "$@" >"$log" 2>&1; then
  cat "$log" >&2
  exit 1
fi
sed -n 's/^-- mistral.vim: /Building the /p' "$log"
exec cmake --build "$folder" --parallel "$(nproc 2>/dev/null || echo 2)" -- --no-print-directory -s
