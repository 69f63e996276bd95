#!/usr/bin/env bash
# Runs the specs in every host given, some at a time, and counts them.
#
#   spec/support/run-specs.sh [HOST...]     default: every host that is here
#   HOST is lua5.1 lua5.2 lua5.3 lua5.4 luajit nvim vim, or one with its program: nvim=/path/to/nvim;
#   screen is the specs that type into both editors in a terminal, from Lua 5.4
#
# Environment:
#   SPECS            spec files or folders instead of the host's own
#   FILTER           only tests whose full name matches this Lua pattern
#   VERBOSE=1        show the whole report, not only failures
#   MISTRAL_BUILD    build folder whose modules are tested (default: build)
#   HOST_SECONDS     a host that takes longer is taken for hanging (default: 600)
#   JOBS             how many hosts run at a time (default: one for each processor)
#   NO_SERVER=1      start no loopback server
#   MISTRAL_OPENAPI  the service's description, if it is not ../shared/mistral-openapi.json
#   UPDATE_GOLDEN=1  write what screens look like anew, into spec/screen/golden
#   REQUIRE_HOSTS=1  a host that is not here counts as a failure
#
# Each host runs with folders of its own for HOME, XDG_* and temporary files, without the caller's
# environment, beside a loopback server of its own. What it has to say is shown when it is done, in
# the order above. A crash, a hang, a report without an end, and a run of no test at all are
# failures. Ends with `N passed, N failed` over all hosts.
set -u
cd "$(dirname "$0")/../.." || exit 1
root=$PWD
build=${MISTRAL_BUILD:-build}
seconds=${HOST_SECONDS:-600}
total_passed=0
total_failed=0
batch=
lanes=
scratch=
server=
host=

# The slowest first, so that the others fill the time beside them.
all_hosts=(lua5.4 luajit lua5.3 lua5.2 lua5.1 nvim vim screen)

# ---- what a host is -----------------------------------------------------------------------------

# What the worker does by itself is the same under every Lua, and so is how long a pattern takes over
# hostile text: two of them look at that.
by_the_worker='cancel|faults|frame|lane|limits|parts|politeness|progress|retry|servers|sink'
shared_specs() {
  find spec/core spec/api spec/git/diff_spec.lua spec/git/skip_spec.lua -name '*_spec.lua' |
    grep -vE "^spec/core/($by_the_worker)_spec|/redact/hostile_spec" | sort
}

specs_of() {
  case $1 in
    lua5.4) echo spec/core spec/git spec/api spec/review spec/editor spec/doc ;;
    screen) echo spec/screen ;;
    luajit) echo spec/core spec/git spec/api spec/review spec/server ;;
    lua*) shared_specs ;;
    nvim | vim) echo spec/review spec/editor ;;
  esac
}

program_of() {
  case $1 in
    screen) echo lua5.4 ;;
    *) echo "${1#*=}" ;;
  esac
}

label_of() {
  case $1 in
    luajit) echo LuaJIT ;;
    screen) echo "Terminal ($(label_of nvim "$nvim"), $(label_of vim "$vim"))" ;;
    lua*) echo "Lua ${1#lua}" ;;
    nvim) echo "Neovim $("$2" --version | sed -n '1s/^NVIM v//p')" ;;
    vim) echo "Vim $("$2" --version | vim_version)" ;;
  esac
}

# "9.0.1378" from what Vim says of itself.
vim_version() {
  sed -n -e '1s/^VIM - Vi IMproved \([0-9.]*\).*/\1/p' -e 's/^Included patches: 1-\([0-9]*\).*/.\1/p' | tr -d '\n'
}

# The host is here, and if it is a Vim, it has Lua.
usable() {
  command -v "$2" >/dev/null || return 1
  [ "$1" != vim ] || "$2" --version | grep -q '+lua'
}

command_of() {
  case $1 in
    nvim) host_command=("$2" --headless -u NONE -i NONE -n) ;;
    vim) host_command=("$2" --not-a-term -T dumb -u NONE -i NONE -n -N) ;;
    *)
      host_command=("$2" spec/support/run.lua)
      return
      ;;
  esac
  host_command+=(--cmd "set runtimepath^=$root" -c 'luafile spec/support/run.lua' -c 'qa!')
}

# ---- one host -----------------------------------------------------------------------------------

start_server() {
  [ -z "${NO_SERVER:-}" ] || return 0
  mkdir "$scratch/loopback"
  mkfifo "$scratch/server-stdin"
  MISTRAL_RECORD="$scratch/requests" luajit spec/support/server/main.lua "$scratch/loopback" \
    <"$scratch/server-stdin" >"$scratch/server-output" 2>&1 &
  server=$!
  exec 9>"$scratch/server-stdin" # the server ends when this is closed
  for _ in $(seq 400); do
    [ -s "$scratch/loopback/ready.json" ] && return 0
    kill -0 "$server" 2>/dev/null || break
    sleep 0.05
  done
  return 1
}

stop_server() {
  [ -n "$server" ] || return 0
  exec 9>&-
  kill "$server" 2>/dev/null
  wait "$server" 2>/dev/null
  server=
}

stop_host() {
  [ -n "$host" ] || return 0
  kill "$host" 2>/dev/null
  wait "$host" 2>/dev/null
  host=
}

clean_up() {
  stop_host
  stop_server
  [ -z "$scratch" ] || rm -rf "$scratch"
  scratch=
}

make_scratch() {
  scratch=$(mktemp -d "${TMPDIR:-/tmp}/mistral.XXXXXX") || exit 1
  mkdir "$scratch"/{home,config,data,state,cache,tmp}
  mkdir -m 700 "$scratch/run"
}

# Becomes the host. Nothing of the caller's environment reaches it but what is named here.
in_scratch() {
  exec env -i PATH="$PATH" LANG=C.UTF-8 TERM=xterm-256color HOME="$scratch/home" \
    TMPDIR="$scratch/tmp" XDG_CONFIG_HOME="$scratch/config" XDG_DATA_HOME="$scratch/data" \
    XDG_STATE_HOME="$scratch/state" XDG_CACHE_HOME="$scratch/cache" \
    XDG_RUNTIME_DIR="$scratch/run" ${LUA_PATH:+LUA_PATH="$LUA_PATH"} \
    ${LUA_CPATH:+LUA_CPATH="$LUA_CPATH"} ${ASAN_OPTIONS:+ASAN_OPTIONS="$ASAN_OPTIONS"} \
    ${UBSAN_OPTIONS:+UBSAN_OPTIONS="$UBSAN_OPTIONS"} \
    ${LSAN_OPTIONS:+LSAN_OPTIONS="$LSAN_OPTIONS"} ${TSAN_OPTIONS:+TSAN_OPTIONS="$TSAN_OPTIONS"} \
    MISTRAL_BUILD="$build" MISTRAL_LOOPBACK="$scratch/loopback" MISTRAL_SPECS="$specs" \
    MISTRAL_FILTER="${FILTER:-}" MISTRAL_REPORT="$scratch/report" MISTRAL_HOST="$name" \
    ${MISTRAL_SANITIZER:+MISTRAL_SANITIZER="$MISTRAL_SANITIZER"} \
    ${MISTRAL_OPENAPI:+MISTRAL_OPENAPI="$MISTRAL_OPENAPI"} \
    ${MISTRAL_PRISM_URL:+MISTRAL_PRISM_URL="$MISTRAL_PRISM_URL"} \
    ${UPDATE_GOLDEN:+UPDATE_GOLDEN="$UPDATE_GOLDEN"} \
    MISTRAL_NVIM="$nvim" MISTRAL_VIM="$vim" "$@"
}

# The service's description: the requests that the loopback server has heard are judged by it.
description() {
  for path in "${MISTRAL_OPENAPI:-}" ../shared/mistral-openapi.json; do
    [ -z "$path" ] || [ ! -r "$path" ] || { echo "$path" && return; }
  done
}

# Into run_host's counts.
judge_requests() {
  local described
  described=$(description)
  [ -n "$described" ] && [ -s "$scratch/requests" ] || return 0
  if lua5.4 spec/support/openapi/records.lua "$scratch/requests" "$described" >"$scratch/judgement" 2>&1; then
    passed=$((passed + 1))
    [ -z "${VERBOSE:-}" ] || cat "$scratch/judgement"
  else
    failed=$((failed + 1))
    cat "$scratch/judgement"
  fi
}

show_failures() {
  if [ -n "${VERBOSE:-}" ]; then
    cat "$scratch/report"
  else
    sed -n '/^FAILED/,/^\(running\|result\)/{/^running\|^result/!p}' "$scratch/report"
  fi
}

# What is there to read after a host that did not end as it should.
show_wreck() {
  echo "$label: $1"
  if [ -s "$scratch/report" ]; then
    echo "  its report ends:"
    tail -n 5 "$scratch/report" | sed 's/^/    /'
  fi
  for what in output server-output; do
    if [ -s "$scratch/$what" ]; then
      echo "  $what ends:"
      tail -n 40 "$scratch/$what" | cat -v | sed 's/^/    /'
    fi
  done
}

why_bad() { # exit status, "passed failed pending" or nothing
  if [ "$1" = 124 ] || [ "$1" = 137 ]; then
    echo "killed after $seconds s without an end"
  elif [ -z "$2" ]; then
    echo "ended with status $1 before its report did"
  elif [ "$1" != 0 ]; then
    echo "ended with status $1"
  elif [[ $2 == "0 0 "* ]]; then
    echo "ran no test at all"
  fi
}

# Descriptor 8: what the host reads. A Vim in Insert mode waits for keys, and ends at their end.
open_host_input() {
  if [ "$name" = vim ]; then
    mkfifo "$scratch/host-input"
    exec 8<>"$scratch/host-input"
  else
    exec 8</dev/null
  fi
}

# Into run_host's counts.
add_result() {
  passed=$1
  failed=$((failed + $2))
  pending=$3
}

# Waits in a way that a signal can end.
await_host() {
  host=$!
  wait "$host"
  status=$?
  host=
}

# What it says is for the user; its counts go to file $2, last.
run_host() {
  name=${1%%=*}
  local program status result bad passed=0 failed=0 pending=0
  program=$(program_of "$1")
  if ! usable "$name" "$program"; then
    echo "$program: not here, or without what it takes; its specs are left out"
    [ -z "${REQUIRE_HOSTS:-}" ] || failed=1
    echo "0 $failed" >"$2"
    return
  fi
  label=$(label_of "$name" "$program")
  specs=
  for folder in ${SPECS:-$(specs_of "$name")}; do
    [ ! -e "$folder" ] || specs="$specs $folder"
  done
  make_scratch
  if ! start_server; then
    show_wreck "the loopback server did not start"
    failed=1
  fi
  command_of "$name" "$program"
  open_host_input
  in_scratch timeout -k 5 "$seconds" "${host_command[@]}" <&8 >"$scratch/output" 2>&1 9>&- &
  await_host
  exec 8<&-
  result=$(sed -n 's/^result //p' "$scratch/report" 2>/dev/null | tail -n 1)
  bad=$(why_bad "$status" "$result")
  # shellcheck disable=SC2086 # three numbers
  if [ -n "$result" ]; then add_result $result; fi
  judge_requests
  if [ "$failed" != 0 ] || [ -n "${VERBOSE:-}" ]; then show_failures; fi
  if [ -n "$bad" ]; then
    failed=$((failed + 1))
    show_wreck "$bad"
  fi
  echo "$label: $passed passed, $failed failed, $pending pending"
  clean_up
  echo "$passed $failed" >"$2"
}

# ---- all of them --------------------------------------------------------------------------------

# Takes the next host that no other lane has taken, until there is none; says so after each.
lane() {
  local number=0 one
  trap clean_up EXIT
  trap 'exit 130' INT TERM
  for one in "$@"; do
    number=$((number + 1))
    mkdir "$batch/$number" 2>/dev/null || continue
    run_host "$one" "$batch/$number/counts" >"$batch/$number/said" 2>&1
    echo "$number"
  done
}

start_lanes() {
  mkfifo "$batch/lanes"
  for _ in $(seq "${JOBS:-$(nproc 2>/dev/null || echo 2)}"); do
    lane "$@" >"$batch/lanes" &
    lanes="$lanes $!"
  done
}

stop_lanes() {
  # shellcheck disable=SC2086 # a list of numbers
  [ -z "$lanes" ] || { kill $lanes && wait $lanes; } 2>/dev/null
  [ -z "$batch" ] || rm -rf "$batch"
}

# Host $2, as the lane that ran it left it in folder $1.
show_host() {
  local good=0 bad
  cat "$1/said" 2>/dev/null
  read -r good bad 2>/dev/null <"$1/counts" || {
    echo "$2: its run came to no end"
    bad=1
  }
  total_passed=$((total_passed + good))
  total_failed=$((total_failed + bad))
}

# Each as soon as it and all before it are done; when the last lane has gone, what is left.
show_all() {
  local number=0 one more=1
  for one in "$@"; do
    number=$((number + 1))
    until [ -s "$batch/$number/counts" ] || [ -z "$more" ]; do
      read -r more <&7
    done
    show_host "$batch/$number" "$one"
  done
}

[ $# -gt 0 ] || set -- "${all_hosts[@]}"
nvim=nvim
vim=vim
for one in "$@"; do
  case $one in
    nvim=*) nvim=${one#*=} ;;
    vim=*) vim=${one#*=} ;;
  esac
done
trap stop_lanes EXIT
trap 'exit 130' INT TERM
batch=$(mktemp -d "${TMPDIR:-/tmp}/mistral.XXXXXX") || exit 1
start_lanes "$@"
exec 7<"$batch/lanes"
show_all "$@"
wait
lanes=
echo "$total_passed passed, $total_failed failed"
[ "$total_failed" = 0 ] && [ "$total_passed" -gt 0 ]
