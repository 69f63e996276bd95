#!/usr/bin/env bash
# Builds with a sanitizer and runs the specs of the C core, and of the client where it meets it, on
# that build, under a Lua 5.4 that has the sanitizer's runtime:
#   sanitize.sh address,undefined|thread FOLDER
# A finding ends the host with a status of its own, which run-specs.sh counts as a failure.
set -u
cd "$(dirname "$0")/../.." || exit 1
kind=$1
folder=$2
here=$PWD/spec/support

spec/support/build.sh "$folder" -DMISTRAL_SANITIZE="$kind" -DMISTRAL_LUA=5.4 -DMISTRAL_TESTS=ON || exit 1

export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1
export LSAN_OPTIONS=suppressions=$here/lsan.supp:print_suppressions=0
export UBSAN_OPTIONS=print_stacktrace=1
export TSAN_OPTIONS=suppressions=$here/tsan.supp:second_deadlock_stack=1
export MISTRAL_BUILD=$folder MISTRAL_SANITIZER=$kind
# Of the client's specs those that have the C module speak with a server; the others stay in Lua.
wired=$(grep -rlE 'support\.(loopback|live|elsewhere)"' spec/api --include='*_spec.lua' | tr '\n' ' ')
core=spec/core
# What knows no server has no threads.
[ "$kind" != thread ] || core=$(grep -rlE 'spec\.core\.exchange|loopback' spec/core --include='*_spec.lua' | tr '\n' ' ')
export SPECS=${SPECS:-$core $wired}

# TSan of gcc 12 cannot live with the widest address randomisation, so ask for none where one may.
fixed=
if setarch "$(uname -m)" -R true 2>/dev/null; then fixed="setarch $(uname -m) -R"; fi
exec $fixed spec/support/run-specs.sh "lua5.4=$PWD/$folder/mistral_lua"
