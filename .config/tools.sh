# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Sourced by the scripts of this repository: finds the tools, installs what is missing or says what to install.

say() { echo "${0##*/}: $*" >&2; }

# PROGRAM if it is on the PATH, else its newest PROGRAM-VERSION.
newest() { type -P "$1" || compgen -c "$1-" | grep -xE "$1-[0-9]+" | sort -uVr | sed -n 1p; }

# Whether HOME is a JDK 25. Reads the file that comes with every JDK: asking java takes 50 ms.
is_jdk25() { # HOME
  local release=
  [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 1
  IFS= read -r -d '' release <"$1/release" || true # true: there is no zero byte to end at
  [[ $release =~ (^|$'\n')JAVA_VERSION=\"25[.\"+-] ]]
}

# Sets java_home to a JDK 25.
find_jdk25() {
  local on_path='' home sudo_home=/nonexistent
  java_home=${JAVA_HOME:-}
  is_jdk25 "$java_home" && return
  if hash java 2>/dev/null; then # and not command -v, which would take a process
    on_path=$(readlink -f -- "${BASH_CMDS[java]}")
  fi
  if [ -n "${SUDO_USER:-}" ]; then # whose JDK root may use, having a home without one
    sudo_home=$(getent passwd "$SUDO_USER" | cut -d: -f6)
  fi
  for home in "${on_path%/bin/java}" \
    {/usr/lib/jvm,/usr/lib64/jvm,/usr/java,/usr/local,/usr/local/lib/jvm,/opt,/opt/java}/* \
    {"${HOME:-/root}","$sudo_home"}/{.sdkman/candidates/java,.jdks}/*; do
    if is_jdk25 "$home"; then
      java_home=$home
      return
    fi
  done
  return 1
}

# Sets clang to one that knows enough of BPF: $CLANG, or else clang or the newest clang-VERSION.
find_clang() {
  local version candidates=("${CLANG:-}")
  if [ -z "${CLANG:-}" ]; then
    mapfile -t candidates < <(echo clang; compgen -c clang- | grep -xE 'clang-[0-9]+' | sort -uVr)
  fi
  for clang in "${candidates[@]}"; do
    version=$("$clang" --version 2>/dev/null) || continue
    if [[ $version =~ clang\ version\ ([0-9]+) ]] && [ "${BASH_REMATCH[1]}" -ge 14 ]; then
      return
    fi
  done
  return 1
}

# Prints the version of go, as go1.26.8; fails if it is older than 1.26 or there is none.
go_version() {
  local version
  version=$(GOTOOLCHAIN=local go env GOVERSION 2>/dev/null) || return 1
  printf '%s\n' "$version"
  [[ $version =~ ^go([0-9]+)\.([0-9]+) ]] && [ $((BASH_REMATCH[1] * 1000 + BASH_REMATCH[2])) -ge 1026 ]
}

# What a check finds missing: for people, and as packages of Debian and Ubuntu. Optional packages are for root alone,
# and only where apt-get has them.
missing=()
packages=()
optional_packages=()

lacks() { # NAME PACKAGE
  missing+=("$1")
  packages+=("$2")
}

check_build_tools() {
  find_jdk25 || lacks "JDK 25" openjdk-25-jdk-headless
  type -P mvn >/dev/null || lacks Maven maven
  check_kernel_tools
  compgen -G '/usr/lib*/libbpf.so.1' >/dev/null || compgen -G '/usr/lib/*/libbpf.so.1' >/dev/null ||
    lacks libbpf.so.1 libbpf1
}

# To compile the kernel programs.
check_kernel_tools() {
  find_clang || lacks "clang 14 or newer${CLANG:+ (\$CLANG is $CLANG)}" clang
  [ -n "$(newest llvm-strip || true)" ] || lacks llvm-strip llvm
  [ -e /usr/include/bpf/bpf_helpers.h ] || lacks "libbpf's headers" libbpf-dev
}

# To compile C programs that load the kernel programs.
check_loader_tools() {
  type -P gcc >/dev/null || lacks gcc gcc
  [ -e /usr/include/gelf.h ] || lacks "libelf's headers" libelf-dev
  [ -e /usr/include/zlib.h ] || lacks "zlib's headers" zlib1g-dev
  compgen -G '/usr/include/*/gnu/libc-version.h' >/dev/null || lacks "libc's headers" libc6-dev
}

check_test_tools() {
  type -P ip ss >/dev/null || lacks "ip and ss" iproute2
  type -P nft >/dev/null || lacks nft nftables
  # One version, since each formats a little differently; bpf/compile does without where there is none.
  type -P clang-format-14 >/dev/null || optional_packages+=(clang-format-14)
}

look() { # CHECK...
  local check
  missing=()
  packages=()
  optional_packages=()
  for check; do "$check"; done
}

has_package() { apt-cache show "$1" >/dev/null 2>&1; }

# The first package of a JDK 25 that apt-get has in place of the usual one; none if it has none.
resolve_packages() {
  local package jdk resolved=()
  for package in "${packages[@]}"; do
    if [ "$package" = openjdk-25-jdk-headless ]; then
      for jdk in "$package" temurin-25-jdk; do
        if has_package "$jdk"; then
          resolved+=("$jdk")
          break
        fi
      done
    else
      resolved+=("$package")
    fi
  done
  packages=("${resolved[@]}")
}

# Ends with a message if CHECK... find something missing.
require() { # CHECK...
  look "$@"
  [ ${#missing[@]} = 0 ] || end_with_missing
}

# The same, but root installs it first where there is apt-get.
ensure() { # CHECK...
  look "$@"
  if [ "$EUID" = 0 ] && type -P apt-get >/dev/null && [ $((${#packages[@]} + ${#optional_packages[@]})) != 0 ]; then
    install_missing
    hash -r
    look "$@"
  fi
  [ ${#missing[@]} = 0 ] || end_with_missing
}

install_missing() {
  local log package
  local apt_get=(env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300)
  log=$(mktemp)
  # A source that does not answer matters only if a package then cannot be had.
  "${apt_get[@]}" update </dev/null >"$log" 2>&1 || true
  resolve_packages
  for package in "${optional_packages[@]}"; do
    if has_package "$package"; then packages+=("$package"); fi
  done
  if [ ${#packages[@]} != 0 ]; then
    say "installs ${packages[*]}"
    if ! "${apt_get[@]}" install --no-install-recommends "${packages[@]}" </dev/null >>"$log" 2>&1; then
      tail -n 20 "$log" >&2
      say "apt-get could not install ${packages[*]}"
    fi
  fi
  rm -f "$log"
}

end_with_missing() {
  local names
  names=$(printf ', %s' "${missing[@]}")
  say "missing: ${names:2}"
  resolve_packages
  if [ ${#packages[@]} != 0 ]; then
    echo "  to install, as root: apt-get install ${packages[*]}" >&2
    type -P apt-get >/dev/null || echo "  (names of Debian and Ubuntu; other distributions have similar ones)" >&2
  fi
  if [[ $names == *"JDK 25"* && ${packages[*]} != *-25-jdk* ]]; then
    echo "  JDK 25: from https://adoptium.net or https://jdk.java.net/25; it is found through \$JAVA_HOME," >&2
    echo "  on the PATH, in /usr/lib/jvm, /opt and ~/.sdkman" >&2
  fi
  exit 3
}
