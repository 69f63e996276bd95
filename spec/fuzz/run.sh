#!/bin/sh
# Runs every fuzzer for its share of the time: run.sh [SECONDS [BUILD FOLDER]]
# Each starts from its seeds in spec/fuzz/seeds. What it learns and what it breaks go to the build
# folder. Exits 1 when one of them found something, and says which input shows it.
set -u
cd "$(dirname "$0")/../.." || exit 1
seconds=${1:-60}
folder=${2:-build/fuzz}
log=$folder/build.log

mkdir -p "$folder" || exit 1
if ! { cmake -S . -B "$folder" -DCMAKE_C_COMPILER=clang -DMISTRAL_FUZZ=ON &&
  cmake --build "$folder" --target fuzzers --parallel 2; } >"$log" 2>&1; then
  tail -n 20 "$log" >&2
  exit 1
fi

set -- spec/fuzz/*_fuzz.c
share=$((seconds / $#))
[ "$share" -gt 0 ] || share=1
failed=0

# fuzz NAME: seeds are read, never written; the second folder is where new inputs go.
fuzz() {
  corpus=$folder/corpus/$1
  mkdir -p "$corpus"
  "$folder/fuzz/$1_fuzz" -max_total_time="$share" -timeout=10 -rss_limit_mb=1024 -max_len=4096 \
    -artifact_prefix="$folder/$1-" "$corpus" "spec/fuzz/seeds/$1" >"$folder/$1.log" 2>&1
}

for source in "$@"; do
  name=$(basename "$source" _fuzz.c)
  if fuzz "$name"; then
    told=$(grep -o '^Done [0-9]* runs in [0-9]* second' "$folder/$name.log")
    echo "fuzz $name: ${told}s, none failed"
  else
    failed=1
    echo "fuzz $name: failed; the end of $folder/$name.log:" >&2
    tail -n 25 "$folder/$name.log" >&2
  fi
done
exit $failed
