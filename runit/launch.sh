# Sourced by the launchers beside it, with $program and $self (the launcher itself, links followed).
# Node resets signal dispositions and masks and raises the limit of open files when it starts; what the caller gave
# is read here, before that, so that started programs get it: HOMERUN_INHERIT="BLOCKED IGNORED NOFILE CALLED-AS".
while read -r homerun_key homerun_value homerun_rest; do
	case $homerun_key in
	SigBlk:) homerun_blocked=$homerun_value ;;
	SigIgn:) homerun_ignored=$homerun_value ;;
	esac
done </proc/self/status
HOMERUN_INHERIT="$homerun_blocked $homerun_ignored $(ulimit -Sn) $0"
export HOMERUN_INHERIT
homerun_node=${HOMERUN_NODE:-node}
case $homerun_node in
*/*) ;;
*)
	command -v "$homerun_node" >/dev/null || {
		echo "$program: fatal: unable to start node: file does not exist" >&2
		exit 111
	}
	;;
esac
exec "$homerun_node" "${self%/*}/../dist/$program.cjs" "$@"
