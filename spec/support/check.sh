#!/usr/bin/env bash
# What a reader should not have to check: formatting, linters, the dependency rules of
# ARCHITECTURE.md, and that what is written twice agrees. Ends with `N passed, N failed`.
#
#   spec/support/check.sh [NAME...]     default: every check; names as printed
set -u
cd "$(dirname "$0")/../.." || exit 1
build=build/check

# ---- helpers ------------------------------------------------------------------------------------

# Files that git knows or would add.
files() { git ls-files --cached --others --exclude-standard -- "$@" | sort -u; }

# The files of a list (standard input) that are there.
existing() { while IFS= read -r file; do [ ! -f "$file" ] || echo "$file"; done; }

# none TEXT PATTERN FILES...: no line of FILES but a comment matches; those that do are printed
# after TEXT.
none() {
  local text=$1 pattern=$2 found
  shift 2
  [ $# -gt 0 ] || return 0
  found=$(grep -nHE "$pattern" "$@" | grep -vE '^[^:]*:[0-9]+: *(/\*|\*|--)') || return 0
  echo "$text"
  echo "$found"
  return 1
}

# Every argument is a command; all run, and one that fails fails the lot.
all() {
  local failed=0 command
  for command in "$@"; do $command || failed=1; done
  return $failed
}

c_files() { files '*.c' '*.h' | existing; }
lua_files() { files 'lua/*.lua' | existing; }

# ---- the checks ---------------------------------------------------------------------------------

check_build() { spec/support/build.sh $build -DMISTRAL_WERROR=ON; }

check_format() {
  local file failed=0
  while IFS= read -r file; do
    clang-format "$file" | cmp -s - "$file" ||
      { echo "$file: not as .clang-format has it; make format" && failed=1; }
  done < <(c_files)
  return $failed
}

check_tidy() {
  [ -e $build/compile_commands.json ] || check_build || return 1
  files 'csrc/*.c' | existing | xargs -n 1 -P 2 clang-tidy --quiet -p $build 2>&1 |
    grep -vE '^[0-9]+ warnings? (generated|treated)|^Suppressed|^Use -' >&2
  return "${PIPESTATUS[1]}"
}

check_cppcheck() {
  files 'csrc/*.c' | existing |
    xargs cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr \
      --error-exitcode=1 -Icsrc
}

check_luacheck() { luacheck --quiet --no-color lua spec; }

check_shellcheck() { { files '*.sh' && echo .ci/run; } | existing | xargs shellcheck; }

curl_rule() {
  # shellcheck disable=SC2046 # file names of ours have no spaces
  none "curl.h belongs in csrc/transport.c alone:" '#[ ]*include[ ]*[<"]curl/' \
    $(c_files | grep '^csrc/' | grep -vx 'csrc/transport.c')
}

lua_h_rule() {
  # shellcheck disable=SC2046
  none "lua.h belongs in csrc/lua_* alone:" '#[ ]*include[ ]*[<"](lua|lauxlib|lualib)\.h' \
    $(c_files | grep '^csrc/' | grep -v '^csrc/lua_')
}

guest_rule() {
  # shellcheck disable=SC2046
  none "The library neither ends the process nor prints:" \
    '(^|[^_[:alnum:]])(abort|exit|_exit|assert|printf|puts|perror|vprintf) ?\(|(^|[^"_[:alnum:]])(stderr|stdout)' \
    $(c_files | grep '^csrc/')
}

vim_rule() {
  # shellcheck disable=SC2046
  none "Only host/, health.lua and plugin/ say vim:" '(^|[^_[:alnum:]."])vim *[.[]' \
    $(lua_files | grep -vE '^lua/mistral/(host/|health\.lua)')
}

api_rule() {
  local required='require *\(?["'\'']mistral\.(editor|host|health|config|program)'
  # shellcheck disable=SC2046
  none "api/ knows nothing of the editor:" "$required" $(lua_files | grep '^lua/mistral/api/')
}

room_rule() {
  local required='require *\(?["'\'']mistral\.(api|editor|host|health|config|program)'
  # shellcheck disable=SC2046
  none "git/, review/, money/, redact/ and keys/ know neither the client nor the editor:" \
    "$required" $(lua_files | grep -E '^lua/mistral/(git|review|money|redact|keys)/')
}

editor_rule() {
  # shellcheck disable=SC2046
  none "The editor layer reaches the network through api/ only:" \
    'require *\(?["'\'']mistral[._](native|core)' \
    $(lua_files | grep -v '^lua/mistral/native.lua' | grep '^lua/mistral/\(editor\|host\)/')
}

native_rule() {
  # shellcheck disable=SC2046
  none "Only native.lua finds the C module:" 'mistral_core' \
    $(lua_files | grep -v '^lua/mistral/native\.lua$')
}

check_dependencies() {
  all curl_rule lua_h_rule guest_rule vim_rule api_rule room_rule editor_rule native_rule
}

# doc/mistral.txt holds the option table as config/help.lua makes it.
check_options() {
  local table
  table=$(mktemp) || return 1
  lua5.4 -e 'package.path = "lua/?.lua;lua/?/init.lua"
    io.write(require("mistral.config.help").table(), "\n")' >"$table" &&
    lua5.4 spec/support/contains.lua doc/mistral.txt "$table"
  local status=$?
  rm -f "$table"
  return $status
}

# :helptags on a copy, since it writes a file; it is silent when all is well.
check_help() {
  local folder said
  folder=$(mktemp -d) || return 1
  cp doc/*.txt "$folder"
  said=$(nvim --headless -u NONE -i NONE -c "helptags $folder" -c 'qa!' 2>&1)
  [ -s "$folder/tags" ] || said="no tags were made. $said"
  rm -rf "$folder"
  [ -z "$said" ] || { echo "$said"; return 1; }
}

# Nothing that looks like a key, and no path of one machine.
check_secrets() {
  # shellcheck disable=SC2046
  none "A key or a path of one machine:" \
    '(sk-|ghp_|glpat-)[A-Za-z0-9]{20,}|AKIA[A-Z0-9]{16}|(MISTRAL_API_KEY|api_key) *= *["'\''][A-Za-z0-9]{32}|/(home|Users)/[a-z]+/|/root/' \
    $(files | existing | grep -vE '^spec/support/check\.sh$')
}

# Each module shows the one function that Lua calls, wants nothing that only a forgotten source file
# would have, and leaves liblua to its host.
check_symbols() {
  local module shown wanted failed=0
  for module in "$build"/lua*/mistral_core.so; do
    shown=$(nm -D --defined-only "$module" | awk '{ print $3 }' | tr '\n' ' ')
    [ "$shown" = "luaopen_mistral_core " ] || { echo "$module exports: $shown" && failed=1; }
    wanted=$(nm -D --undefined-only "$module" | sed -n 's/^ *U //p' | grep -vE '@|^luaL?_')
    [ -z "$wanted" ] || { echo "$module lacks: $wanted" && failed=1; }
    if readelf -d "$module" | grep -q 'NEEDED.*liblua'; then
      echo "$module links liblua" && failed=1
    fi
  done
  return $failed
}

# CMakeLists.txt says which version this is; the Lua files that say it too agree.
check_version() {
  local built file failed=0
  built=$(sed -n 's/^project(mistral VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
  for file in lua/mistral/init.lua lua/mistral/native.lua; do
    grep -qiE "version = \"$built\"" $file || { echo "$file does not say $built" && failed=1; }
  done
  return $failed
}

# What a fixture under spec/support/fixtures must come to in each host.
runner_says() {
  local fixture=$1 expected=$2 seconds=${3:-20} host said failed=0
  for host in lua5.4 nvim vim; do
    said=$(HOST_SECONDS=$seconds SPECS=spec/support/fixtures/$fixture.lua NO_SERVER=1 \
      spec/support/run-specs.sh $host)
    [ "$(tail -n 1 <<<"$said")" = "$expected" ] || { echo "$host, $fixture.lua: $said" && failed=1; }
  done
  return $failed
}

# The runner counts what it should: a host that dies, hangs or runs nothing has failed.
check_runner() {
  local failed=0 fixture
  runner_says passes "1 passed, 0 failed" || failed=1
  for fixture in fails crashes breaks empty; do
    runner_says $fixture "0 passed, 1 failed" || failed=1
  done
  runner_says hangs "0 passed, 1 failed" 2 || failed=1
  runner_says leaves "1 passed, 1 failed" || failed=1
  return $failed
}

check_toplevel() {
  local odd
  odd=$(files | cut -d/ -f1 | sort -u | grep -vE '^(CMakeLists\.txt|csrc|lua|plugin|spec|doc)$|^(README|ARCHITECTURE|CHANGELOG)\.md$|^(Makefile|LICENSE|mistral\.vim-.*\.rockspec|\..*)$')
  [ -z "$odd" ] || { echo "Does not belong at the top level: $odd"; return 1; }
}

# ---- run them -----------------------------------------------------------------------------------

checks=(build format tidy cppcheck luacheck shellcheck dependencies options help secrets symbols
  version runner toplevel)
[ $# -eq 0 ] || checks=("$@")
passed=0
failed=0
for name in "${checks[@]}"; do
  if said=$("check_$name" 2>&1); then
    passed=$((passed + 1))
    echo "check $name: fine"
  else
    failed=$((failed + 1))
    printf 'check %s: FAILED\n%s\n' "$name" "$(head -n 60 <<<"$said")"
  fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
