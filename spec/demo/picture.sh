#!/usr/bin/env bash
# Makes doc/review.svg from a real run of the demo: the review of ledger.c, and its list.
set -eu
cd "$(dirname "$0")/../.."
socket=$(mktemp -u)
columns=120
screen() { tmux -S "$socket" -f /dev/null "$@"; }
trap 'screen kill-server 2>/dev/null; rm -f "$socket"' EXIT

# Waits until the screen shows a text.
await() {
  local tries=0
  until screen capture-pane -p -t 0 | grep -qF -- "$1"; do
    tries=$((tries + 1))
    [ $tries -lt 500 ] || { echo "the screen never showed: $1" >&2; exit 1; }
    sleep 0.02
  done
}

screen new-session -d -x $columns -y 36 env -u MISTRAL_API_KEY TERM=screen-256color spec/demo/run.sh
await "6 findings"
screen send-keys -t 0 ":set nowrap | copen 6 | wincmd p | execute 'normal! 18zt' | redraw | echo ''" Enter
await "ledger.c|28 error"
screen capture-pane -N -e -p -t 0 | lua5.4 spec/demo/svg.lua $columns >doc/review.svg
screen send-keys -t 0 ":qa!" Enter
