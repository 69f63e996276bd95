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

# What CMakeLists.txt says is missing is one sentence, folded into indented lines; any other failure
# is shown from its first error on.
explain() {
  said=$(sed -n '/^CMake Error at CMakeLists.txt:[0-9]* (message):/,/^$/s/^  *//p' "$log")
  if grep -q 'is not able to compile a simple test program' "$log"; then
    echo "The C compiler cannot build a program: install libc6-dev, or see $log."
  elif [ -n "$said" ]; then
    echo "$said" | tr '\n' ' '
    echo
  else
    sed -n '/^CMake Error/,$p' "$log"
  fi
}

if ! cmake -S . -B "$folder" -DCMAKE_RULE_MESSAGES=OFF "$@" >"$log" 2>&1; then
  explain >&2
  exit 1
fi
sed -n 's/^-- mistral.vim: /Building the /p' "$log" | tr ';' ' '
exec cmake --build "$folder" --parallel "$(nproc 2>/dev/null || echo 2)" -- --no-print-directory -s
