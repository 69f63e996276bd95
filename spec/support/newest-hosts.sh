#!/usr/bin/env bash
# Runs the editor and screen specs in the newest Neovim and Vim: those of Debian's next release,
# unpacked into a cache folder. The machine's own apt state is not touched, and nothing is installed.
#
#   spec/support/newest-hosts.sh [nvim] [vim]     default: both
#   HOSTS_CACHE=folder       default: ${XDG_CACHE_HOME:-~/.cache}/mistral.vim/hosts
#   HOSTS_SUITE=forky        the Debian release they come from
#   REQUIRE_HOSTS=1          one that cannot be had is a failure, not a line
set -u
cd "$(dirname "$0")/../.." || exit 1
cache=${HOSTS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mistral.vim/hosts}
suite=${HOSTS_SUITE:-forky}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
apt_folder=$cache/apt-$suite

# The mirror this machine uses for Debian.
mirror() {
  local found
  # shellcheck disable=SC2016 # apt's placeholders, not the shell's
  found=$(apt-get indextargets --format '$(ORIGIN) $(REPO_URI)' 2>/dev/null |
    sed -n 's/^Debian \(.*\)/\1/p' | grep -v security | head -n 1)
  echo "${found:-http://deb.debian.org/debian/}"
}

# apt-get with folders, sources and package status of its own. Signatures are checked; age is not,
# since a mirror may stand still for longer than the week that a testing release is valid.
own_apt() {
  LC_ALL=C apt-get -y -q \
    -o Dir::Etc::sourcelist="$apt_folder/sources.list" -o Dir::Etc::sourceparts=- \
    -o Dir::State="$apt_folder/state" -o Dir::State::status="$apt_folder/status" \
    -o Dir::Cache="$apt_folder/cache" -o APT::Sandbox::User="$(id -un)" \
    -o APT::Install-Recommends=false -o Acquire::Languages=none \
    -o Acquire::Check-Valid-Until=false -o Acquire::Retries=2 "$@" </dev/null
}

prepare_apt() {
  mkdir -p "$apt_folder"/{state/lists/partial,cache/archives/partial}
  : >"$apt_folder/status"
  echo "deb [signed-by=$keyring] $(mirror) $suite main" >"$apt_folder/sources.list"
  own_apt update
}

# Everything that package $1 needs, down to the C library, unpacked into $2.
fetch() {
  local package=$1 folder=$2
  rm -f "$apt_folder"/cache/archives/*.deb
  own_apt --download-only install "$package" || return 1
  mkdir -p "$folder"
  for archive in "$apt_folder"/cache/archives/*.deb; do
    dpkg-deb -x "$archive" "$folder" || return 1
  done
  rm -f "$apt_folder"/cache/archives/*.deb
}

# Make a program find the loader and the libraries it came with. An RPATH, not a RUNPATH, since the
# libraries of its libraries are meant too.
adopt() {
  local program=$1 folder=$2 triplet loader
  triplet=$(basename "$(dirname "$(find "$folder/usr/lib" -name 'libc.so.6' | head -n 1)")")
  loader=$(patchelf --print-interpreter "$program")
  patchelf --set-interpreter "$(loader_in "$folder" "$loader")" --force-rpath \
    --set-rpath "$folder/usr/lib/$triplet:$folder/lib/$triplet" "$program"
}

# /lib64 of an unpacked package may be missing: that link is made when Debian is installed.
loader_in() {
  find "$1/usr" "$1/lib"* -name "$(basename "$2")" 2>/dev/null | head -n 1
}

# A small script that starts the program with its own runtime files.
wrap() {
  local host=$1 program=$2 runtime=$3
  mkdir -p "$cache/bin"
  printf '#!/bin/sh\nVIMRUNTIME=%s exec %s "$@"\n' "$runtime" "$program" >"$cache/bin/$host"
  chmod +x "$cache/bin/$host"
}

get() {
  local host=$1 folder=$cache/$suite-$1 package program runtime
  [ ! -e "$folder/ready" ] || return 0
  case $host in
    nvim) package=neovim program=usr/bin/nvim runtime=usr/share/nvim/runtime ;;
    vim) package=vim-nox program=usr/bin/vim.nox runtime='usr/share/vim/vim[0-9]*' ;;
  esac
  echo "Fetching $package of Debian $suite into $cache"
  rm -rf "$folder"
  # shellcheck disable=SC2086 # the pattern in $runtime is meant to be one
  {
    prepare_apt && fetch $package "$folder" && adopt "$folder/$program" "$folder" &&
      wrap "$host" "$folder/$program" "$folder"/$runtime &&
      "$cache/bin/$host" --version && touch "$folder/ready"
  } >>"$log" 2>&1
}

# ---- fetch, then run ----------------------------------------------------------------------------

# What cannot be had is a line, or a failure for those who insist.
give_up() {
  echo "The newest hosts cannot be had: $1"
  [ -n "${REQUIRE_HOSTS:-}" ] || exit 0
  echo "0 passed, 1 failed"
  exit 1
}

for tool in apt-get dpkg-deb patchelf; do
  command -v $tool >/dev/null || give_up "they come as Debian packages, and $tool is missing here."
done
[ -e $keyring ] || give_up "$keyring is missing; it comes with debian-archive-keyring."

[ $# -gt 0 ] || set -- nvim vim
mkdir -p "$cache" || exit 1
log=$cache/fetch.log
: >"$log"
hosts=()
for host in "$@"; do
  get "$host" || give_up "$(grep -E '^(E|W|Err):' "$log" | tail -n 1) ($log)"
  hosts+=("$host=$cache/bin/$host")
done
exec spec/support/run-specs.sh "${hosts[@]}" screen
