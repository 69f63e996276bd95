#!/usr/bin/env bash
# The demo: reviews a file in the editor, explains a part of it and completes a line, all through
# the module. With a terminal it leaves you in the editor; without one it prints what came.
#
#   MISTRAL_API_KEY   when set, the real service answers; otherwise the loopback server of the specs
#   DEMO_EDITOR       nvim (default) or vim, with a terminal only
set -u
cd "$(dirname "$0")/../.." || exit 1
root=$PWD
scratch=$(mktemp -d)
server=

# The server ends when its standard input does.
start_loopback() {
  mkfifo "$scratch/lifeline"
  luajit spec/support/server/main.lua "$scratch" <"$scratch/lifeline" >"$scratch/log" 2>&1 &
  server=$!
  exec 9>"$scratch/lifeline"
  local tries=0
  until [ -s "$scratch/ready.json" ]; do
    tries=$((tries + 1))
    if [ $tries -gt 1000 ] || ! kill -0 $server 2>/dev/null; then
      echo "The loopback server did not start:" >&2
      cat "$scratch/log" >&2
      exit 1
    fi
    sleep 0.01
  done
}

stop() {
  exec 9>&-
  [ -z "$server" ] || wait "$server" 2>/dev/null
  rm -rf "$scratch"
}
trap stop EXIT
trap 'exit 130' INT TERM

port_of() { sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p" "$scratch/ready.json"; }

choose_server() {
  if [ -n "${MISTRAL_API_KEY:-}" ]; then
    echo "Server: the real service, since MISTRAL_API_KEY is set. The sample file goes to it."
    echo "let g:mistral = {}" >"$scratch/options.vim"
    return
  fi
  start_loopback
  local url
  url="https://127.0.0.1:$(port_of https)/v1"
  echo "Server: the loopback server of the specs, $url (MISTRAL_API_KEY is not set)."
  printf "let g:mistral = {'api_key': 'test-key-demo', 'base_url': '%s', 'ca_file': '%s'}\n" \
    "$url" "$scratch/ca.pem" >"$scratch/options.vim"
}

# The samples are copied, so that whatever is typed into them stays out of the tree.
copy_samples() {
  mkdir "$scratch/samples"
  cp spec/demo/ledger.c spec/demo/total.lua "$scratch/samples"
}

# A user's own settings have no say in a demonstration.
export XDG_CONFIG_HOME=$scratch/config XDG_STATE_HOME=$scratch/state XDG_DATA_HOME=$scratch/data
export MISTRAL_DEMO=$scratch
unset VIMINIT

# As fast as a large model writes, so that there is something to watch.
slow_down() {
  [ -n "$server" ] || return 0
  local body='{"tokens_per_s":120}'
  exec 8<>"/dev/tcp/127.0.0.1/$(port_of control)"
  printf 'POST /pace HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s' \
    ${#body} "$body" >&8
  cat <&8 >/dev/null
  exec 8>&-
}

show() {
  slow_down
  local program=${DEMO_EDITOR:-nvim}
  cd "$scratch/samples" || exit 1
  "$program" -u "$root/spec/demo/live.vim" -i NONE --cmd "set rtp^=$root" ledger.c
}

print() {
  cd "$scratch/samples" || exit 1
  timeout 120 nvim --headless -u "$root/spec/demo/print.vim" -i NONE --cmd "set rtp^=$root" \
    ledger.c </dev/null >"$scratch/said" 2>&1
  local status=$?
  cat "$scratch/report" 2>/dev/null
  if [ $status -ne 0 ]; then
    echo "The editor ended with status $status:" >&2
    cat "$scratch/said" >&2
  fi
  return $status
}

choose_server
copy_samples
if [ -t 0 ] && [ -t 1 ]; then show; else print; fi
