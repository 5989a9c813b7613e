# What the install-* programs beside this share; sourced by them, does nothing by itself.
#
# An install-* program puts one real part under build/live/, once: quick and quiet when it is there.
# It exits with 77 and a last line `SKIP: why` where the part cannot be had, also where the network does not
# answer: soon then, see tools/fetch-limits.
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
LIVE=${IDLETAX_LIVE:-$ROOT/build/live}
INSTALL_SECONDS=${INSTALL_SECONDS:-900} # what hangs all the same is ended then
. "$ROOT/tools/fetch-limits"

# What npm, pip, Go, cargo, Maven and apt say of a network that does not answer.
NO_NETWORK='EAI_AGAIN|ENOTFOUND|ECONN(REFUSED|RESET)|ENETUNREACH|ETIMEDOUT|SOCKET_TIMEOUT|[Nn]ame resolution'
NO_NETWORK+='|[Cc]ould not resolve host|no such host|[Uu]nknown host|[Nn]etwork is unreachable'
NO_NETWORK+='|[Cc]onnection (refused|reset|timed out)|[Ff]ailed to establish a new connection|i/o timeout'

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

# Why what wrote @log has failed, as far as the log tells.
find_reason() { # LOG
	if tail -n 30 "$1" | grep -q -E "$NO_NETWORK"; then
		echo "the network does not answer"
	else
		echo "it failed"
	fi
}

installer=	# the process group that installs, while it does

end_installer() {
	[ -n "$installer" ] || return 0
	kill -TERM -- "-$installer" 2>/dev/null || return 0
	sleep 2
	kill -KILL -- "-$installer" 2>/dev/null || true
}
trap end_installer EXIT
trap 'exit 130' INT

# install_logged NAME WHAT COMMAND...: its output goes to build/live/NAME.log. In the background,
# since bash has no -e for a function whose status is asked for, and so that it can be ended.
install_logged() {
	local log=$LIVE/$1.log what=$2 end=$((SECONDS + INSTALL_SECONDS))
	shift 2
	mkdir -p "$LIVE"
	set -m	# a process group of its own
	(
		set -e
		renice -n 10 "$BASHPID" >&2
		"$@"
	) >"$log" 2>&1 </dev/null &
	set +m
	installer=$!
	while kill -0 "$installer" 2>/dev/null; do
		[ "$SECONDS" -lt "$end" ] || skip "$what: not installed after $INSTALL_SECONDS s (${log#"$ROOT"/})"
		sleep 0.1
	done
	if ! wait "$installer"; then
		installer=
		tail -n 3 "$log" | awk 1 >&2 # awk ends the last line
		skip "$what: it cannot be installed here, $(find_reason "$log") (${log#"$ROOT"/})"
	fi
	installer=
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
