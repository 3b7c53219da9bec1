# bash completion for homerun, made by `homerun completion bash`

# Names come line by line, and are never read as shell words: they may hold blanks, quotes and dollars.
_homerun_names() {
	local name typed=${cur//[\\\'\"]/}
	while IFS= read -r name; do
		[[ ${name//[\\\'\"]/} == "$typed"* ]] || continue
		case $cur in
		[\'\"]*) COMPREPLY+=("$name") ;;
		*) COMPREPLY+=("$(printf %q "$name")") ;;
		esac
	done < <(homerun completion --list "$1" 2>/dev/null)
}

_homerun() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words='' IFS=$' \t\n'
	COMPREPLY=()
	# --option=value comes as three words.
	if [ "$cur" = = ]; then
		cur=''
	elif [ "$prev" = = ]; then
		prev=${COMP_WORDS[COMP_CWORD-2]}
	fi
	if [ "$COMP_CWORD" -eq 1 ]; then
		words='init add-service templates uninstall undo demo up down doctor explain status logs top start stop restart once pause cont hup check enable disable remove rename edit env notify completion help --help --version'
		COMPREPLY=($(compgen -W "$words" -- "$cur"))
		return
	fi
	case ${COMP_WORDS[1]} in
	init)
		case $prev in
		--service-all) COMPREPLY=($(compgen -d -- "$cur")); return ;;
		--service-dir) COMPREPLY=($(compgen -d -- "$cur")); return ;;
		--bin-dir) COMPREPLY=($(compgen -d -- "$cur")); return ;;
		--svl-name) return ;;
		--runner) COMPREPLY=($(compgen -f -- "$cur")); return ;;
		--logs) COMPREPLY=($(compgen -d -- "$cur")); return ;;
		--shell) COMPREPLY=($(compgen -f -- "$cur")); return ;;
		--engine) words='auto system bundled' ;;
		--session) words='xinitrc xsession xprofile sway river labwc hyprland i3 none' ;;
		--session-file) COMPREPLY=($(compgen -f -- "$cur")); return ;;
		--first-service) _homerun_names template; return ;;
		*) case $cur in -*) words='--yes --dry-run --json --service-all --service-dir --bin-dir --svl-name --runner --logs --shell --engine --session --session-file --keep-running --no-keep-running --first-service --help' ;; *) words='' ;; esac ;;
		esac
		;;
	add-service)
		case $prev in
		-t|--template) _homerun_names template; return ;;
		-c|--command) return ;;
		--from-command) return ;;
		-s|--set) return ;;
		-e|--env) return ;;
		--log-dir) COMPREPLY=($(compgen -d -- "$cur")); return ;;
		*) case $cur in -*) words='-t --template -c --command --from-command -s --set -e --env --no-log --log-dir --down --no-enable --show -y --yes --dry-run --json --help' ;; *) words='' ;; esac ;;
		esac
		;;
	templates)
		case $prev in
		*) case $cur in -*) words='--json --help' ;; *) words='' ;; esac ;;
		esac
		;;
	uninstall)
		case $prev in
		*) case $cur in -*) words='--yes --dry-run --json --help' ;; *) words='' ;; esac ;;
		esac
		;;
	undo)
		case $prev in
		*) case $cur in -*) words='--force --dry-run --yes --json --help' ;; *) words='' ;; esac ;;
		esac
		;;
	demo)
		case $prev in
		*) case $cur in -*) words='--keep --help' ;; *) words='' ;; esac ;;
		esac
		;;
	up)
		case $prev in
		*) case $cur in -*) words='--foreground --json --help' ;; *) words='' ;; esac ;;
		esac
		;;
	down)
		case $prev in
		*) case $cur in -*) words='--json --help' ;; *) _homerun_names service; return ;; esac ;;
		esac
		;;
	doctor)
		case $prev in
		--sample) return ;;
		--save) COMPREPLY=($(compgen -f -- "$cur")); return ;;
		--from) COMPREPLY=($(compgen -f -- "$cur")); return ;;
		*) case $cur in -*) words='--fix --yes --dry-run --json --sample --save --from --list --brute-force --help' ;; *) _homerun_names installed; return ;; esac ;;
		esac
		;;
	explain)
		case $prev in
		*) case $cur in -*) words='--json --help' ;; *) _homerun_names check; return ;; esac ;;
		esac
		;;
	status)
		case $prev in
		*) case $cur in -*) words='--json --tree -w --watch --help' ;; *) _homerun_names installed; return ;; esac ;;
		esac
		;;
	logs)
		case $prev in
		-n|--lines) return ;;
		--since) return ;;
		--until) return ;;
		--grep) return ;;
		*) case $cur in -*) words='-f --follow -n --lines --since --until --grep -i --ignore-case --utc --no-marks --no-times --help' ;; *) _homerun_names installed; return ;; esac ;;
		esac
		;;
	top)
		case $prev in
		-d|--delay) return ;;
		*) case $cur in -*) words='-d --delay --help' ;; *) words='' ;; esac ;;
		esac
		;;
	start | stop | restart | once | pause | cont | hup | check | s | u | d | o | p | c | h | alarm | a | interrupt | i | quit | q | 1 | 2 | term | t | kill | k | exit | x | e | reload | shutdown | try-restart | force-stop | D | force-reload | T | force-restart | force-shutdown | X | E)
		case $prev in
		-w|--wait) return ;;
		*) case $cur in -*) words='-a --all -w --wait --help' ;; *) _homerun_names service; return ;; esac ;;
		esac
		;;
	enable)
		case $prev in
		*) case $cur in -*) words='-a --all --no-start --help' ;; *) _homerun_names installed; return ;; esac ;;
		esac
		;;
	disable)
		case $prev in
		*) case $cur in -*) words='-a --all --help' ;; *) _homerun_names service; return ;; esac ;;
		esac
		;;
	remove)
		case $prev in
		*) case $cur in -*) words='--logs -y --yes --help' ;; *) _homerun_names installed; return ;; esac ;;
		esac
		;;
	rename)
		case $prev in
		*) case $cur in -*) words='--help' ;; *) _homerun_names installed; return ;; esac ;;
		esac
		;;
	edit)
		case $prev in
		--file) return ;;
		*) case $cur in -*) words='--file --restart --no-restart --help' ;; *) _homerun_names installed; return ;; esac ;;
		esac
		;;
	env)
		case $prev in
		-s|--service) _homerun_names installed; return ;;
		*) case $cur in -*) words='-s --service --hide --restart --json --help' ;; *) case " ${COMP_WORDS[*]:2:COMP_CWORD-2} " in *' list '*) return ;; *' set '*) _homerun_names variable; _homerun_names installed; return ;; *' unset '*) _homerun_names variable; _homerun_names installed; return ;; *' import '*) _homerun_names session; return ;; *) words='list set unset import' ;; esac ;; esac ;;
		esac
		;;
	notify)
		case $prev in
		*) case $cur in -*) words='--test --on --off --watch --help' ;; *) words='' ;; esac ;;
		esac
		;;
	completion)
		case $prev in
		--list) words='service installed template check shell variable session' ;;
		*) case $cur in -*) words='--list --help' ;; *) words='bash zsh fish' ;; esac ;;
		esac
		;;
	help) words='init add-service templates uninstall undo demo up down doctor explain status logs top start stop restart once pause cont hup check enable disable remove rename edit env notify completion' ;;
	esac
	COMPREPLY=($(compgen -W "$words" -- "$cur"))
}

_homerun_svl() {
	local cur=${COMP_WORDS[COMP_CWORD]} words='status up down once pause cont hup alarm interrupt quit 1 2 term kill exit start stop reload restart shutdown try-restart force-stop force-reload force-restart force-shutdown check' word value=''
	COMPREPLY=()
	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		case $value$word in
		-w) value=: ;;
		:*) value='' ;;
		-*) ;;
		*) words='' ;;
		esac
	done
	if [ -n "$value" ]; then
		return
	elif [ -n "$words" ]; then
		COMPREPLY=($(compgen -W "-v -w $words" -- "$cur"))
	else
		_homerun_names service
	fi
}

complete -F _homerun homerun
complete -F _homerun_svl -- 'svl'
