# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Sourced by the scripts of this repository: finds their tools, names the missing ones, and installs them for root.

# Where programs are kept that are built or fetched once.
cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/tcpotel

say() { echo "${0##*/}: $*" >&2; }

# Prints the newest NAME-VERSION on the PATH, or else NAME.
newest() { compgen -c "$1" | grep -xE "$1(-[0-9]+)?" | sort -uVr | sed -n 1p; }

is_jdk25() { [ -x "$1/bin/javac" ] && grep -qsE '^JAVA_VERSION="25[".+-]' "$1/release"; }

# Sets java_home. With sudo, the user's own JDKs count too.
find_jdk25() {
  local on_path home=${HOME:-/root} sudo_home
  on_path=$(readlink -f -- "$(type -P java)") || true
  sudo_home=$(getent passwd "${SUDO_USER:-}" | cut -d: -f6) || true
  for java_home in "${JAVA_HOME:-}" "${on_path%/bin/java}" /usr/{lib/jvm,lib64/jvm,java,local,local/lib/jvm}/* \
    /opt/{,java/}* {"$home","${sudo_home:-$home}"}/{.sdkman/candidates/java,.jdks}/*; do
    if is_jdk25 "$java_home"; then return; fi
  done
  return 1
}

# Sets go_version, as go1.26.8; ends with code 3 if it is older than 1.26 or there is no Go.
require_go() { # FOR
  go_version=$(GOTOOLCHAIN=local go env GOVERSION 2>/dev/null) || go_version=
  if ! [[ $go_version =~ ^go([0-9]+)\.([0-9]+) ]] || [ $((BASH_REMATCH[1] * 1000 + BASH_REMATCH[2])) -lt 1026 ]; then
    say "missing: Go 1.26 or newer, for $1 to test against (here: ${go_version:-none}; see https://go.dev/dl)"
    exit 3
  fi
}

# Prints where a program of the module in this folder is, for its go.sum, its sources, this Go, and $go_tags and $go_ldflags, if
# they are set. If it is not there, builds it first: one caller at a time. Without Go 1.26, ends with code 3.
build_module() { # NAME PACKAGE WHAT
  local sum program
  require_go "${3%%:*}"
  sum=$({ cat go.mod go.sum ./*.go 2>/dev/null; printf '%s\n' "$go_version" ${go_tags:+"$go_tags"} ${go_ldflags:+"$go_ldflags"}; } | sha256sum)
  program=$cache/$1-${sum:0:16}
  mkdir -p "$cache"
  exec 9>"$program.lock"
  flock 9
  if [ ! -x "$program" ]; then
    say "builds $3, with $go_version, once"
    (
      export CGO_ENABLED=0 GOTOOLCHAIN=local GOFLAGS=-mod=readonly GOWORK=off
      refuse_agpl "$2"
      go build -trimpath ${go_tags:+-tags "$go_tags"} -ldflags "-s -w ${go_ldflags:-}" -o "$program.new" "$2"
    ) >&2 9>&- # a compiler that outlives this script does not hold the lock
    mv -f "$program.new" "$program"
  fi
  printf '%s\n' "$program"
}

# Fails if the package is built from a module that is under the AGPL.
refuse_agpl() { # PACKAGE
  local found
  found=$(go list ${go_tags:+-tags "$go_tags"} -deps -f '{{with .Module}}{{.Dir}}{{end}}' "$1" | sort -u | while read -r folder; do
    grep -lrsi --include='LICEN[CS]E*' --include='COPYING*' 'GNU AFFERO GENERAL PUBLIC LICENSE' "${folder:-/dev/null}" || true
  done)
  if [ -n "$found" ]; then
    say "not built, since it is under the AGPL: $found"
    return 1
  fi
}

# Sets clang to $CLANG, or else to the newest, if that knows enough of BPF.
find_clang() {
  clang=${CLANG:-$(newest clang)}
  [[ $("${clang:-clang}" --version 2>/dev/null) =~ clang\ version\ ([0-9]+) && ${BASH_REMATCH[1]} -ge 14 ]]
}

# A check calls lacks for each tool that is missing. Packages are Debian's and Ubuntu's.
lacks() { # TOOL [PACKAGE]
  missing+=("$1")
  packages+=(${2:+"$2"})
}

jdk_package() { apt-cache show {openjdk-25-jdk-headless,temurin-25-jdk} 2>/dev/null | sed -n 's/^Package: //p' | sort | sed 1q; }

check_build_tools() {
  find_jdk25 || lacks "JDK 25" "$(jdk_package)"
  type -P mvn >/dev/null || lacks Maven maven
  check_kernel_tools
  compgen -G '/usr/lib*/libbpf.so.1' >/dev/null || compgen -G '/usr/lib/*/libbpf.so.1' >/dev/null ||
    lacks libbpf.so.1 libbpf1
}

# To compile the kernel programs.
check_kernel_tools() {
  find_clang || lacks "clang 14 or newer${CLANG:+ (\$CLANG is $CLANG)}" clang
  [ -n "$(newest llvm-strip)" ] || lacks llvm-strip llvm
  [ -e /usr/include/bpf/bpf_helpers.h ] || lacks "libbpf's headers" libbpf-dev
}

# To compile C programs that load the kernel programs.
check_loader_tools() {
  type -P gcc >/dev/null || lacks gcc gcc
  [ -e /usr/include/gelf.h ] || lacks "libelf's headers" libelf-dev
  [ -e /usr/include/zlib.h ] || lacks "zlib's headers" zlib1g-dev
  compgen -G '/usr/include/*/gnu/libc-version.h' >/dev/null || lacks "libc's headers" libc6-dev
}

look() { # CHECK...
  missing=() packages=()
  for check; do "$check"; done
}

# Ends with a message if CHECK... find something missing.
require() { # CHECK...
  look "$@"
  [ ${#missing[@]} != 0 ] || return 0
  local names
  names=$(printf ', %s' "${missing[@]}")
  say "missing: ${names:2}"
  if [ ${#packages[@]} != 0 ]; then echo "  on Debian and Ubuntu, as root: apt-get install ${packages[*]}" >&2; fi
  if [[ $names = *"JDK 25"* ]]; then
    echo "  a JDK 25 (https://adoptium.net) is found by \$JAVA_HOME, on the PATH, in /usr/lib/jvm, /opt and ~/.sdkman" >&2
  fi
  exit 3
}

# The same, but root installs it first where there is apt-get, unless TCPOTEL_INSTALL=no.
ensure() { # CHECK...
  local output apt_get=(env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300)
  look "$@"
  if [ ${#missing[@]} != 0 ] && [ "$EUID" = 0 ] && [ "${TCPOTEL_INSTALL:-}" != no ] && type -P apt-get >/dev/null; then
    # A source that does not answer matters only if a package cannot be had then.
    "${apt_get[@]}" update </dev/null >/dev/null 2>&1 || true
    look "$@" # the package of a JDK may be known now
    say "installs ${packages[*]:-nothing: apt-get has no JDK 25}"
    output=$("${apt_get[@]}" install --no-install-recommends "${packages[@]}" </dev/null 2>&1) || tail -n 20 <<<"$output" >&2
    hash -r
  fi
  require "$@"
}
