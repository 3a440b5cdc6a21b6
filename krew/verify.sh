#!/bin/sh
# Checks a release before its manifest is sent to the krew index:
#
#   krew/verify.sh [DIST]
#
# DIST (dist) is the folder that goreleaser wrote: archives, checksums.txt and krew/harden.yaml.
# The manifest must be valid, select one archive for each platform, and name the archive's sum;
# the archive must hold a program for that platform, by its header, and the license. It needs
# coreutils, awk, grep, tar and gzip. Exit code 1: something is wrong, and each thing is named. 2:
# it could not be looked at.
set -eu

dist=${1:-dist}
case $dist in
/*) ;;
-* | *=*) dist=./$dist ;; # no flag, and no variable of awk
esac
manifest=$dist/krew/harden.yaml
sums=$dist/checksums.txt
downloads=https://github.com/kubectl-harden/kubectl-harden/releases/download
expected='linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64'
wrong=0

fail() {
	echo "verify.sh: $*" >&2
	wrong=$((wrong + 1))
}

for file in "$manifest" "$sums"; do
	if [ ! -f "$file" ]; then
		echo "verify.sh: no $file: build a release first (goreleaser release --snapshot --clean)" >&2
		exit 2
	fi
done
hash=sha256sum
command -v "$hash" >/dev/null || hash=shasum
for tool in "$hash" awk cat cut grep gzip head mkdir mktemp od rm tail tar tr wc; do
	if ! command -v "$tool" >/dev/null; then
		echo "verify.sh: no $tool on PATH" >&2
		exit 2
	fi
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# platforms prints "OS/ARCH SUM URI BIN" for each entry of spec.platforms, "-" for what it lacks.
platforms() {
	awk '
		function put() { if (entry) print os "/" arch, sum, uri, bin }
		/^ *platforms:/ { inside = 1; next }
		inside && /^ *- / { put(); entry = 1; os = arch = sum = uri = bin = "-"; sub(/- /, "  ") }
		{ gsub(/"/, "") }
		$1 == "os:" { os = $2 }
		$1 == "arch:" { arch = $2 }
		$1 == "sha256:" { sum = $2 }
		$1 == "uri:" { uri = $2 }
		$1 == "bin:" { bin = $2 }
		END { put() }
	' "$manifest"
}

sum_of() {
	if [ "$hash" = shasum ]; then shasum -a 256 "$1"; else sha256sum "$1"; fi | cut -d ' ' -f 1
}

# hex FILE AT COUNT prints bytes, number FILE AT COUNT the little-endian number that they are.
hex() { od -An -v -tx1 -j "$2" -N "$3" "$1" | tr -d ' \n'; }
number() { od -An -v -tu1 -j "$2" -N "$3" "$1" | awk '{ for (i = NF; i > 0; i--) n = n * 256 + $i } END { print n + 0 }'; }
bytes() { tail -c "+$(($2 + 1))" "$1" | head -c "$3"; }

# unzip ZIP DIR takes the files out of an archive, with no program but gzip: the data of a file is
# what gzip has between its header and its trailer, and the two numbers of the trailer, the
# CRC-32 and the size, stand in the archive's directory. gzip checks both.
# https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3; RFC 1952
unzip() {
	end=$(($(wc -c <"$1") - 22))
	[ "$end" -ge 0 ] && [ "$(hex "$1" "$end" 4)" = 504b0506 ] || return 1
	left=$(number "$1" $((end + 10)) 2)
	at=$(number "$1" $((end + 16)) 4)
	while [ "$left" -gt 0 ]; do
		length=$(number "$1" $((at + 28)) 2)
		name=$(bytes "$1" $((at + 46)) "$length")
		head=$(number "$1" $((at + 42)) 4)
		data=$((head + 30 + $(number "$1" $((head + 26)) 2) + $(number "$1" $((head + 28)) 2)))
		case $name in */* | *\\* | .*) return 1 ;; esac
		[ "$(number "$1" $((at + 10)) 2)" = 8 ] || return 1
		{
			printf '\037\213\010\000\000\000\000\000\000\003'
			bytes "$1" "$data" "$(number "$1" $((at + 20)) 4)"
			bytes "$1" $((at + 16)) 4
			bytes "$1" $((at + 24)) 4
		} | gzip -dc >"$2/$name" || return 1
		at=$((at + 46 + length + $(number "$1" $((at + 30)) 2) + $(number "$1" $((at + 32)) 2)))
		left=$((left - 1))
	done
}

unpack() {
	mkdir "$2"
	case $1 in
	*.tar.gz) tar -xzf "$1" -C "$2" ;;
	*.zip) unzip "$1" "$2" ;;
	*) return 1 ;;
	esac
}

# platform_of tells for which platform a program is, by the header of ELF, Mach-O or PE.
platform_of() {
	case $(hex "$1" 0 4) in
	7f454c46) machine=linux/$(hex "$1" 18 2) ;;
	cffaedfe) machine=darwin/$(hex "$1" 4 4) ;;
	4d5a*)
		at=$(number "$1" 60 4)
		machine=windows/$(hex "$1" "$at" 6)
		;;
	*) machine=unknown ;;
	esac
	case $machine in
	linux/3e00) echo linux/amd64 ;;
	linux/b700) echo linux/arm64 ;;
	darwin/07000001) echo darwin/amd64 ;;
	darwin/0c000001) echo darwin/arm64 ;;
	windows/504500006486) echo windows/amd64 ;;
	windows/5045000064aa) echo windows/arm64 ;;
	*) echo "no known platform" ;;
	esac
}

# check looks at one entry of the manifest: PLATFORM SUM URI BIN.
check() {
	archive=$dist/${3##*/}
	case $3 in "$downloads"/v*/*) ;; *) fail "$1: $3 is not below $downloads" ;; esac
	dir=$work/$(echo "$1" | tr / -)
	if [ ! -f "$archive" ]; then
		fail "$1: no archive ${3##*/} in $dist"
		return
	fi
	actual=$(sum_of "$archive")
	[ "$actual" = "$2" ] || fail "$1: the manifest has the sum $2, the archive $actual"
	grep -q "^$actual  ${archive##*/}\$" "$sums" || fail "$1: checksums.txt does not have the sum of ${archive##*/}"
	if ! unpack "$archive" "$dir"; then
		fail "$1: ${archive##*/} cannot be unpacked"
		return
	fi
	if [ -L "$dir/LICENSE" ] || [ ! -s "$dir/LICENSE" ]; then fail "$1: ${archive##*/} has no LICENSE"; fi
	if [ -L "$dir/$4" ] || [ ! -f "$dir/$4" ]; then
		fail "$1: ${archive##*/} has no $4"
		return
	fi
	case $1 in
	windows/*) case $4 in *.exe) ;; *) fail "$1: $4 does not end in .exe" ;; esac ;;
	*) [ -x "$dir/$4" ] || fail "$1: $4 is not executable" ;;
	esac
	found=$(platform_of "$dir/$4")
	[ "$found" = "$1" ] || fail "$1: $4 is a program for $found"
}

if ! command -v validate-krew-manifest >/dev/null; then
	echo "verify.sh: validate-krew-manifest is not on PATH: whether krew reads the manifest was not checked" >&2
elif ! validate-krew-manifest -manifest "$manifest" -skip-install >"$work/validation" 2>&1; then
	cat "$work/validation" >&2
	fail "krew does not take $manifest"
fi

platforms >"$work/platforms"
for platform in $expected; do
	count=$(grep -c "^$platform " "$work/platforms" || true)
	[ "$count" = 1 ] || fail "$platform: $count archives are selected, want 1"
done
while read -r platform sum uri bin; do
	case " $expected " in
	*" $platform "*) check "$platform" "$sum" "$uri" "$bin" ;;
	*) fail "$platform is no platform of a release" ;;
	esac
	rm -rf "$work/$(echo "$platform" | tr / -)"
done <"$work/platforms"

if [ "$wrong" -gt 0 ]; then
	exit 1
fi
echo "$manifest: $(awk '$1 == "version:" { print $2; exit }' "$manifest"), one archive with its program and LICENSE for each of $(wc -l <"$work/platforms" | tr -d ' ') platforms"
