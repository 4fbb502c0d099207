# Set-up: which Debian packages each command needs, and how the missing ones get here. Sourced by ./dev.
# shellcheck shell=bash

packages_of() {
  case "$1" in
    build) echo clang-19 libclang-rt-19-dev llvm-19 lld-19 mold ccache ninja-build cmake pkg-config python3 \
      libboost1.81-dev libboost-json1.81-dev libssl-dev libcurl4-openssl-dev libsimdjson-dev \
      libtomlplusplus-dev libyaml-dev libpugixml-dev libcli11-dev libfmt-dev libsqlite3-dev libhowardhinnant-date-dev libre2-dev \
      libarchive-dev libzstd-dev libsodium-dev zlib1g-dev tzdata libgtest-dev libgmock-dev librapidcheck-dev libbenchmark-dev ;;
    test) echo chromium prometheus prometheus-alertmanager python3-aiosmtpd python3-venv sqlite3 curl jq zstd procps util-linux systemd strace \
      stress-ng openssl postgresql-15 postgresql-client-15 ;;
    lint) echo git clang-tidy-19 clang-format-19 shellcheck ;;
    fuzz) echo libfuzzer-19-dev ;;
    bench) echo runit s6 supervisor monit prometheus prometheus-alertmanager curl wrk nginx-light prometheus-cpp-dev python3-venv \
      postgresql-15 pgbackrest restic ;;
    *) die "./dev setup: there is no group '$1'; the groups are build, test, lint, fuzz and bench" ;;
  esac
}

die() {
  echo "$*" >&2
  exit 1
}

say() { echo "── $*" >&2; }

# setup GROUP...: afterwards every package of these groups is installed. Quick when nothing is missing.
setup() {
  local group package wanted=() missing=() installed
  for group in "$@"; do
    # shellcheck disable=SC2207
    wanted+=($(packages_of "$group"))
  done
  command -v dpkg-query >/dev/null ||
    die "./dev: this is no Debian system; Steward is built on Debian 12. Install by hand: ${wanted[*]}"
  installed=$(dpkg-query -W -f '${db:Status-Abbrev}|${Package}|\n' "${wanted[@]}" 2>/dev/null || true)
  for package in "${wanted[@]}"; do
    [[ $installed == *"ii |$package|"* ]] || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] || install_packages "${missing[@]}"
}

install_packages() {
  local sudo=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null ||
      die "./dev: missing packages, and neither root nor sudo here. As root: apt-get install $*"
    sudo=(sudo)
  fi
  say "installing: $*"
  keep_services_off "${sudo[@]}"
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 update -qq ||
    die "./dev: apt-get update failed; mend the network or /etc/apt, then run it again (needed: $*)"
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get -o DPkg::Lock::Timeout=120 install -y -qq --no-install-recommends "$@" >/dev/null ||
    die "./dev: apt-get could not install: $*; its message is above"
  services_on_again "${sudo[@]}"
}

# Some of the packages (prometheus, nginx-light, supervisor) would start a service of their own. Tests start
# what they need themselves, so the maintainer scripts are told not to: /usr/sbin/policy-rc.d, for this moment.
POLICY=/usr/sbin/policy-rc.d
keep_services_off() {
  POLICY_IS_OURS=
  [ ! -e $POLICY ] || return 0
  POLICY_IS_OURS=1
  # shellcheck disable=SC2064
  trap "services_on_again $*" EXIT
  printf '#!/bin/sh\nexit 101\n' | "$@" tee $POLICY >/dev/null
  "$@" chmod +x $POLICY
}

services_on_again() {
  [ -z "$POLICY_IS_OURS" ] || "$@" rm -f $POLICY
  POLICY_IS_OURS=
}

# Python packages from PyPI that tests compare with live in build/venv. Without PyPI the tests that need
# them say that they were skipped, and why.
setup_venv() {
  local needs=tools/dev/python-requirements.txt stamp=build/venv/.requirements
  cmp -s $needs $stamp && return 0
  mkdir -p build
  say "Python packages into build/venv: $(tr '\n' ' ' <$needs)"
  if /usr/bin/python3 -m venv build/venv && build/venv/bin/pip install -q --disable-pip-version-check -r $needs; then
    cp $needs $stamp
  else
    say "PyPI cannot be reached: the tests that need $(tr '\n' ' ' <$needs) will be skipped"
  fi
}

# versitygw, an S3 server that verifies signatures (Apache-2.0; Debian has none), from Go's module proxy into
# build/tools. Without Go, or without the proxy, the tests that need it say that they were skipped, and why.
setup_versitygw() {
  [ ! -x build/tools/versitygw ] && command -v go >/dev/null || return 0
  say "versitygw into build/tools"
  GOBIN=$PWD/build/tools go install github.com/versity/versitygw/cmd/versitygw@v1.8.0 ||
    say "versitygw cannot be built: the tests that need it will be skipped"
}
