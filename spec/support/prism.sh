#!/usr/bin/env bash
# Puts the client in front of Prism, which judges requests by the service's official description and
# makes answers up: 200 for what is in order, 422 for what is not.
#
#   spec/support/prism.sh
#
# Environment:
#   MISTRAL_OPENAPI  the description, if it is not ../shared/mistral-openapi.json
#   MISTRAL_PRISM    the program, if npm is not to fetch it (@stoplight/prism-cli, into a cache folder)
#
# Without a description, or without Prism and npm, it says so and has nothing to show. Ends with
# `N passed, N failed`.
set -u
cd "$(dirname "$0")/../.." || exit 1
cache=${XDG_CACHE_HOME:-$HOME/.cache}/mistral.vim/prism
version=5
scratch=
prism=

skip() {
  echo "$1; nothing is shown"
  echo "0 passed, 0 failed"
  exit 0
}

description() {
  for path in "${MISTRAL_OPENAPI:-}" ../shared/mistral-openapi.json; do
    [ -z "$path" ] || [ ! -r "$path" ] || { echo "$path" && return; }
  done
}

# The program, fetched if it has to be.
program() {
  if [ -n "${MISTRAL_PRISM:-}" ]; then
    echo "$MISTRAL_PRISM"
  elif command -v prism >/dev/null; then
    command -v prism
  elif [ -x "$cache/node_modules/.bin/prism" ]; then
    echo "$cache/node_modules/.bin/prism"
  elif command -v npm >/dev/null; then
    mkdir -p "$cache" &&
      npm install --silent --no-audit --no-fund --prefix "$cache" "@stoplight/prism-cli@$version" >&2 &&
      echo "$cache/node_modules/.bin/prism"
  fi
}

clean_up() {
  [ -z "$prism" ] || { kill "$prism" 2>/dev/null && wait "$prism" 2>/dev/null; }
  [ -z "$scratch" ] || rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

described=$(description)
[ -n "$described" ] || skip "the service's description is not here"
found=$(program)
[ -n "$found" ] || skip "Prism is not here, and neither is npm to fetch it"

scratch=$(mktemp -d "${TMPDIR:-/tmp}/mistral.XXXXXX") || exit 1
"$found" mock "$described" -h 127.0.0.1 -p 0 >"$scratch/log" 2>&1 &
prism=$!
url=
for _ in $(seq 300); do
  url=$(sed -n 's/.*Prism is listening on \(http:[^ ]*[0-9]\).*/\1/p' "$scratch/log" | head -n 1)
  [ -z "$url" ] || break
  kill -0 "$prism" 2>/dev/null || break
  sleep 0.1
done
if [ -z "$url" ]; then
  tail -n 20 "$scratch/log"
  echo "0 passed, 1 failed"
  exit 1
fi

MISTRAL_PRISM_URL=$url NO_SERVER=1 SPECS=spec/openapi spec/support/run-specs.sh lua5.4
