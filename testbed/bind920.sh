#!/bin/bash
# Puts a Debian with BIND 9.20 into a folder, for the SIG(0) tests: Debian 12's own BIND 9.18 refuses SIG(0).
#   testbed/bind920.sh        prints the folder; builds it first if it is not there (about a minute)
# BIND920_DIR   the folder; default: testbed/target/bind920 (absolute paths only)
# Needs root, the package debootstrap, and a Debian mirror: the one that apt itself uses.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
dir=${BIND920_DIR:-$here/target/bind920}
suite=trixie

fail() { echo "bind920.sh: $*" >&2; exit 1; }

# The mark is written last, so that a build which was interrupted is begun again.
mark=$dir/.complete
if [ -e "$mark" ]; then echo "$dir"; exit 0; fi

[ "$(id -u)" = 0 ] || fail "must run as root: it makes a chroot (sudo $0)"
command -v debootstrap >/dev/null || fail "debootstrap is missing: apt-get install debootstrap"
case $dir in /*) ;; *) fail "BIND920_DIR must be an absolute path, not '$dir'";; esac

mkdir -p "$(dirname "$dir")"
exec 9>"$dir.lock"
flock 9
if [ -e "$mark" ]; then echo "$dir"; exit 0; fi

# Both formats of apt's sources, deb822 first; the security archive has no full suite.
mirror=$( {
    cat /etc/apt/sources.list.d/*.sources 2>/dev/null | sed -n 's/^URIs:[[:space:]]*\([^[:space:]]*\).*/\1/p'
    cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
        sed -n 's/^deb[[:space:]]\+\(\[[^]]*\][[:space:]]*\)\?\([^[:space:]]*\).*/\2/p'
} | grep -v -i security | head -n 1 || true )
[ -n "$mirror" ] || fail "apt's sources name no mirror (/etc/apt/sources.list, /etc/apt/sources.list.d)"

if [ -e "$dir" ]; then
    [ -d "$dir/debootstrap" ] || [ -e "$dir/etc/debian_version" ] || [ -z "$(ls -A "$dir")" ] ||
        fail "$dir exists and is not a chroot of mine; choose another folder by BIND920_DIR"
    rm -rf --one-file-system "$dir"
fi
echo "bind920.sh: building $dir ($suite)" >&2
debootstrap --variant=minbase --include=bind9,bind9-utils "$suite" "$dir" "$mirror" >"$dir.log" 2>&1 ||
    { tail -n 5 "$dir.log" >&2; fail "debootstrap failed, see $dir.log"; }
rm -f "$dir"/var/cache/apt/archives/*.deb
chroot "$dir" /usr/sbin/named -v >&2
touch "$mark"
echo "$dir"
