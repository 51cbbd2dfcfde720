#!/bin/bash
# Makes a folder with a real BIND 9.20 for the SIG(0) tests and prints its path. Debian 12 has only 9.18, which refuses
# SIG(0) since 9.18.28, so the next Debian's package is unpacked into a folder of its own; `chroot` runs it from there.
#
#   SOJOURN_BIND920_CACHE   where the folder is kept between runs; default ~/.cache/sojourn
#
# Needs root and the package debootstrap. The mirror is the first one in apt's own sources. About a minute, once.
set -eu

cache=${SOJOURN_BIND920_CACHE:-$HOME/.cache/sojourn}
target=$cache/bind920

fail() { echo "bind920.sh: $*" >&2; exit 1; }

[ "$(id -u)" = 0 ] || fail "must be root, because debootstrap and chroot need it: use sudo"
command -v debootstrap >/dev/null || fail "debootstrap is not installed: apt-get install debootstrap"

mkdir -p "$cache"
exec 9>"$cache/bind920.lock"
flock 9
if [ -e "$target/.complete" ]; then echo "$target"; exit 0; fi

# deb822 files say "URIs: mirror"; one-line files say "deb [options] mirror suite component".
shopt -s nullglob
sources=(/etc/apt/sources.list.d/*.sources /etc/apt/sources.list /etc/apt/sources.list.d/*.list)
mirror=
for file in "${sources[@]}"; do
  [ -r "$file" ] || continue
  mirror=$(awk '$1 == "URIs:" { print $2; exit }
    $1 == "deb" { for (i = 2; i <= NF; i++) if ($i ~ /^(https?|file|copy):/) { print $i; exit } }' "$file")
  [ -n "$mirror" ] && break
done
[ -n "$mirror" ] || fail "no mirror found in apt's sources: add one to /etc/apt/sources.list"

rm -rf --one-file-system "$target" "$target.new"
debootstrap --variant=minbase --include=bind9 trixie "$target.new" "$mirror" >"$cache/bind920.log" 2>&1 ||
  fail "debootstrap failed; its output is in $cache/bind920.log"
touch "$target.new/.complete"
mv "$target.new" "$target"
echo "$target"
