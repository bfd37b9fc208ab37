#!/usr/bin/env bash
# What tests need from the system: Chromium and a font with Chinese characters; Java and Maven for a real Kafka broker;
# a clickhouse-server; docker-compose to read docker-compose.yml; openssl for certificates.
# As root on Debian it installs what is missing. Elsewhere it says what is missing and what stays untested,
# and goes on; with CI=true a missing package is an error, because there an untested screen would look tested.
set -euo pipefail

have() { command -v "$1" >/dev/null 2>&1; }
have_browser() { command -v chromium || command -v chromium-browser || command -v google-chrome; } >/dev/null 2>&1
have_font() {
  if command -v fc-list >/dev/null; then
    # Read to the end: `grep -q` would close the pipe, and pipefail would call that a failure.
    [ -n "$(fc-list ':lang=zh-cn' family 2>/dev/null)" ]
  else
    ls /usr/share/fonts/opentype/noto/NotoSansCJK* >/dev/null 2>&1
  fi
}

missing=()
find_missing() {
  missing=()
  have_browser || missing+=(chromium)
  have_font || missing+=(fonts-noto-cjk)
  have java || missing+=(default-jre-headless)
  have mvn || missing+=(maven)
  have clickhouse-server || missing+=(clickhouse-server)
  have docker-compose || missing+=(docker-compose)
  have openssl || missing+=(openssl)
}

find_missing
if [ "${#missing[@]}" -gt 0 ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "fanzha: system packages for the tests: ${missing[*]}, once"
  export DEBIAN_FRONTEND=noninteractive
  apt=(apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0)
  log=$(mktemp)
  if ! { "${apt[@]}" update && "${apt[@]}" install --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    tail -20 "$log" >&2
  fi
  rm -f "$log"
  find_missing
fi
[ "${#missing[@]}" -gt 0 ] || exit 0

for package in "${missing[@]}"; do
  case "$package" in
    chromium) what="the screens are not tested (tests marked browser are skipped)" ;;
    default-jre-headless | maven) what="nothing is tested on a real Kafka broker" ;;
    clickhouse-server) what="the adapter of a ClickHouse server is tested before the engine in process only" ;;
    docker-compose) what="docker-compose.yml is not read as Compose reads it" ;;
    openssl) what="connections over TLS are not tested" ;;
    *) what="the look of Chinese text on screens is not tested" ;;
  esac
  echo "fanzha: missing system package $package: $what. On Debian: sudo apt-get install $package" >&2
done
[ "${CI:-}" != true ]
