#!/bin/sh
# Installs what a target needs and this machine lacks: install-deps.sh build|demo|test|check|fuzz|bench|hosts
# On Debian and Ubuntu by apt-get (with sudo when not root), only what is missing, and without a
# word when nothing is. Elsewhere one line says what is missing.
set -u
target=$1
missing=

has_command() { command -v "$1" >/dev/null 2>&1; }
has_package() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q ' installed$'; }
has_module() { "$1" -e "require '$2'" >/dev/null 2>&1; }
has_lua_in_vim() { vim --version 2>/dev/null | grep -q '+lua'; }
has_header() { echo "#include <$1>" | cc -E -x c - >/dev/null 2>&1; }

has_fuzzer() {
  echo 'int LLVMFuzzerTestOneInput(const char *b, long n) { return n < 0 && b[0]; }' |
    clang -fsanitize=fuzzer -x c -o /dev/null - 2>/dev/null
}

# need PACKAGE PROBE...: the Debian package is missing when the probe fails.
need() {
  package=$1
  shift
  "$@" || missing="$missing $package"
}

need_build() {
  need gcc has_command cc
  need libc6-dev has_header stdio.h
  need make has_command make
  need cmake has_command cmake
  need libcurl4-openssl-dev has_header curl/curl.h
  need zlib1g-dev has_header zlib.h
  need liblua5.1-0-dev has_header lua5.1/lua.h
  need liblua5.2-dev has_header lua5.2/lua.h
  need liblua5.3-dev has_header lua5.3/lua.h
  need liblua5.4-dev has_header lua5.4/lua.h
}

# What the loopback server stands on.
need_server() {
  need luajit has_command luajit
  need lua-http has_module luajit http.server
  need lua-cjson has_module luajit cjson
  need curl has_command curl
}

need_editors() {
  need neovim has_command nvim
  need vim-nox has_lua_in_vim
}

need_specs() {
  for version in 5.1 5.2 5.3 5.4; do
    need lua$version has_command lua$version
  done
  need lua-busted has_module lua5.4 busted.core
  need lua-cjson has_module lua5.4 cjson
  need lua-filesystem has_module lua5.4 lfs
  need git has_command git
  need openssl has_command openssl
  need tmux has_command tmux
  need nginx-light has_command /usr/sbin/nginx
  need tinyproxy-bin has_command tinyproxy
}

need_fuzz() {
  need clang has_command clang
  need libclang-rt-dev has_fuzzer
}

# The driver runs on Lua 5.4, against nginx.
need_bench() {
  need lua5.4 has_command lua5.4
  need lua-cjson has_module lua5.4 cjson
  need lua-cqueues has_module lua5.4 cqueues
  need nginx-light has_command /usr/sbin/nginx
  need openssl has_command openssl
}

need_check() {
  need clang-format has_command clang-format
  need clang-tidy has_command clang-tidy
  need cppcheck has_command cppcheck
  need lua-check has_command luacheck
  need shellcheck has_command shellcheck
  need binutils has_command nm
  need neovim has_command nvim
}

case $target in
  build) need_build ;;
  demo) need_build && need_server && need_editors ;;
  test) need_build && need_server && need_editors && need_specs ;;
  check) need_build && need_check ;;
  fuzz) need_build && need_fuzz ;;
  bench) need_build && need_server && need_editors && need_bench ;;
  hosts) need_build && need_server && need_editors && need_specs && need patchelf has_command patchelf ;;
  *)
    echo "install-deps.sh: no target called $target" >&2
    exit 2
    ;;
esac

# Each name once.
# shellcheck disable=SC2086 # a list of words
missing=$(printf '%s\n' $missing | sort -u | tr '\n' ' ')
[ -n "${missing% }" ] || exit 0

if ! has_command apt-get; then
  echo "Missing for 'make $target' (names as in Debian): $missing" >&2
  exit 0
fi

as_root=
if [ "$(id -u)" != 0 ]; then
  if ! has_command sudo; then
    echo "Missing for 'make $target'; as root run: apt-get install $missing" >&2
    exit 1
  fi
  as_root=sudo
  [ -t 0 ] || as_root="sudo -n"
fi

log=$(mktemp) || exit 1
guard=
clean_up() {
  rm -f "$log"
  [ -z "$guard" ] || $as_root rm -f "$guard"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# A package that brings a service (nginx) would start it: the specs want the program only.
hold_services() {
  policy=/usr/sbin/policy-rc.d
  [ ! -e $policy ] || return 0
  guard=$policy
  printf '#!/bin/sh\nexit 101\n' | $as_root tee $policy >/dev/null && $as_root chmod 755 $policy
}

apt() { $as_root env DEBIAN_FRONTEND=noninteractive LC_ALL=C apt-get -y -q "$@" </dev/null >>"$log" 2>&1; }

echo "Installing $missing(apt-get)"
hold_services
# shellcheck disable=SC2086 # a list of words
install() { apt install --no-install-recommends $missing; }
if ! install && ! { apt update && install; }; then
  tail -n 20 "$log" >&2
  echo "apt-get could not install: $missing" >&2
  exit 1
fi
