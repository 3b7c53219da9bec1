# Sourced by the launchers beside it, with $program and $self (the launcher itself, links followed).
# Node resets signal dispositions and masks and raises the limit of open files when it starts, and a shell changes the
# environment (adds PWD, drops names that are no identifiers); what the caller gave is kept here, before that, so that
# started programs get it: HOMERUN_INHERIT="BLOCKED IGNORED NOFILE[:KEEPER[:PIPE]] CALLED-AS".
# KEEPER is a copy of this shell: its /proc directory shows the environment and descriptors as they came. The program
# reads them and ends it with its first call, inheritance() (src/supervisor/native/inherit.ts). Until then it waits for
# the end of a pipe that only this process has open for writing, as descriptor PIPE: so it ends, too, when Node does not
# come up.
while read -r homerun_key homerun_value homerun_rest; do
	case $homerun_key in
	SigBlk:) homerun_blocked=$homerun_value ;;
	SigIgn:)
		homerun_ignored=$homerun_value
		break
		;;
	esac
done </proc/self/status
homerun_node=${HOMERUN_NODE:-node}
case $homerun_node in
*/*)
	[ -e "$homerun_node" ] || {
		echo "$program: fatal: unable to start $homerun_node: file does not exist" >&2
		exit 111
	}
	;;
*)
	command -v "$homerun_node" >/dev/null || {
		echo "$program: fatal: unable to start node: file does not exist" >&2
		exit 111
	}
	;;
esac
homerun_main=${self%/*}/../dist/$program.cjs
[ -r "$homerun_main" ] || {
	echo "$program: fatal: unable to read $homerun_main: file does not exist" >&2
	exit 111
}
homerun_pipe=9
while [ -e "/proc/self/fd/$homerun_pipe" ]; do homerun_pipe=$((homerun_pipe - 1)); done
# A here-document is a pipe (in bash before 5.1 it is a file), which can be opened for writing through /proc.
[ "$homerun_pipe" -lt 3 ] || eval "exec $homerun_pipe<<.
-
.
exec $homerun_pipe<>/proc/self/fd/$homerun_pipe"
if [ "$homerun_pipe" -ge 3 ] && [ -p "/proc/self/fd/$homerun_pipe" ]; then
	eval "(while read -r homerun_rest; do :; done) </proc/self/fd/$homerun_pipe $homerun_pipe>&- &"
	homerun_keeper=:$!:$homerun_pipe
else
	(
		read -r homerun_self homerun_rest </proc/self/stat
		kill -STOP "$homerun_self"
	) &
	homerun_keeper=:$!
fi
# They are for the caller's own Node programs, which get them from the copy.
unset NODE_OPTIONS NODE_V8_COVERAGE
HOMERUN_INHERIT="$homerun_blocked $homerun_ignored $(ulimit -Sn)$homerun_keeper $0"
export HOMERUN_INHERIT
# What a logger holds is short-lived and small: a young generation that fits the processor's cache is faster. Little of
# what a supervisor holds is young: that part of its memory would grow to 32 MB over the hours; and of what is old
# runsvdir collects the garbage itself (src/supervisor/native/garbage.ts).
case $program in
svlogd | runsv) exec "$homerun_node" --max-semi-space-size=1 --single-threaded-gc "$homerun_main" "$@" ;;
runsvdir) exec "$homerun_node" --max-semi-space-size=1 --single-threaded-gc --expose-gc "$homerun_main" "$@" ;;
*) exec "$homerun_node" "$homerun_main" "$@" ;;
esac
