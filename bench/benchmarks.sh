# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Sourced by the scripts of this folder, after .config/tools.sh: the benchmarks that are written in Java.

# Its jar says that the last build was finished.
benchmarks_jar=$root/bench/target/tcpotel-bench.jar
# Unsafe and native access: JMH's, Netty's and protobuf's, which would warn on each start.
# Netty's own are those of the distribution, from its launcher.
mapfile -t netty_options < <(grep -oE -- '-Dio\.netty\.[A-Za-z.]+=[^ ]+' "$root/exporter/src/distribution/tcpotel")
# Classes of a class path need the option for what the distribution's jar has in its manifest.
benchmark_jvm=(--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow
  --add-opens=java.base/java.nio=ALL-UNNAMED "${netty_options[@]}")
benchmark_options=("${benchmark_jvm[@]}" -cp "$root/bench/target/classes:$root/bench/target/lib/*")

# Builds them, tests and lint left out, if a source is newer; with sudo as the user whose checkout it is. Sets java_home.
build_benchmarks() {
  local as_user=() log
  ensure check_build_tools
  if [ -e "$benchmarks_jar" ] && [ -z "$(find "$root"/{pom.xml,bpf,proto,exporter,bench} \( -name target -o \
    -path '*/src/test' \) -prune -o -type f -newer "$benchmarks_jar" -print -quit)" ]; then
    return
  fi
  say "builds the benchmarks"
  if [ "$EUID" = 0 ] && [ -n "${SUDO_USER:-}" ]; then as_user=(sudo -H -u "$SUDO_USER"); fi
  log=$(mktemp)
  if ! (cd "$root" && "${as_user[@]}" env -u CI JAVA_HOME="$java_home" mvn -B -ntp -q -pl bench -am -Dmaven.test.skip=true \
    -Dtest=none -Dcheckstyle.skip=true -Dspotless.check.skip=true package) >"$log" 2>&1; then
    cat "$log" >&2
    say "the benchmarks do not build (log: $log)"
    exit 1
  fi
  rm "$log"
  touch "$benchmarks_jar" # Maven leaves one alone that would be the same
}
