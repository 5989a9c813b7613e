# What the install-* programs beside this share; sourced by them, does nothing by itself.
#
# An install-* program puts one real part under build/live/, once: quick and quiet when it is there.
# It exits with 77 and a last line `SKIP: why` where the part cannot be had.
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
LIVE=$ROOT/build/live

skip() {
	echo "SKIP: $*" >&2
	exit 77
}

# need WHAT TOOL...
need() {
	local what=$1 tool
	shift
	for tool in "$@"; do
		command -v "$tool" >/dev/null || skip "$what: needs $tool$(where_from "$tool")"
	done
}

# Toolchains of whole languages are for people to choose: tools/setup leaves them alone.
where_from() {
	case $1 in
	go | cargo | java | javac | jar | mvn) ;;
	*) echo " (tools/setup live)" ;;
	esac
}

# need_go WHAT. From 1.21 on Go fetches the release that a module wants; Debian 12 has 1.19.
need_go() {
	local version
	need "$1" go
	version=$(go env GOVERSION)
	case $version in
	go1.[0-9] | go1.[0-9].* | go1.1[0-9]* | go1.20*)
		skip "$1: needs Go 1.21 or newer, which fetches the release it wants; here is $version"
		;;
	esac
}

# install_logged NAME WHAT COMMAND...: its output goes to build/live/NAME.log. In the background,
# since bash has no -e for a function whose status is asked for.
install_logged() {
	local log=$LIVE/$1.log what=$2
	shift 2
	mkdir -p "$LIVE"
	(
		set -e
		renice -n 10 "$BASHPID" >&2
		"$@"
	) >"$log" 2>&1 </dev/null &
	if ! wait $!; then
		tail -n 3 "$log" >&2
		skip "$what: it cannot be installed here (build/live/${log##*/})"
	fi
}

# is_same FOLDER SOURCE...: whether what is installed was made of these files as they are now.
is_same() {
	local folder=$1
	shift
	[ -e "$folder/.installed" ] && [ "$(cat "$folder/.installed")" = "$(cat "$@" | cksum)" ]
}

# installed FOLDER SOURCE...
installed() {
	local folder=$1
	shift
	cat "$@" | cksum >"$folder/.installed"
}
