/**
 * Completion scripts made from the commands' records. What is known beforehand (commands, options, choices) is in the
 * script; names that change (services, templates, checks) are asked of `homerun completion --list KIND`. The control
 * script (`svl`) is completed by the same script: sv's options, its commands, then services.
 */
import { singleQuoted } from '../shell/words.ts';
import { SV_VERBS } from '../supervisor/core/sv-command.ts';
import type { CommandSpec, NameKind, OptionSpec } from './spec.ts';

export type Shell = 'bash' | 'zsh' | 'fish';
export const SHELLS: readonly Shell[] = ['bash', 'zsh', 'fish'];

const VERBS = SV_VERBS.map(({ name }) => name).join(' ');

interface Flag {
  readonly names: readonly string[];
  readonly takesValue: boolean;
  readonly option: OptionSpec;
}

function flagsOf(command: CommandSpec): Flag[] {
  return command.options.map((option) => ({
    names: option.flags.split(/[ ,]+/).filter((word) => word.startsWith('-')),
    takesValue: /<[^>]+>/.test(option.flags),
    option,
  }));
}

/** What the words of a command are completed to: kinds that are asked for, or fixed words. */
function wordsOf(command: CommandSpec): { kinds: readonly NameKind[] } | { words: readonly string[] } | null {
  if (command.actions !== undefined) return { words: Object.keys(command.actions) };
  if (command.completes === 'shell') return { words: SHELLS };
  return command.completes === undefined ? null : { kinds: [command.completes] };
}

/** Only the first word has a meaning of its own, as in `rename <service> <name>`. */
const onlyFirst = (command: CommandSpec): boolean => !command.words.includes('...');

/** The call that completes names of these kinds, in bash and zsh. */
const askFor = (kinds: readonly NameKind[]): string =>
  kinds.map((kind) => `_homerun_names ${kind}; `).join('');

/** Commands by what is completed after them: `start`, `u` and a dozen more share all of it. */
function groupBy(
  commands: readonly CommandSpec[],
  body: (command: CommandSpec) => string,
): { names: string[]; body: string }[] {
  const groups = new Map<string, string[]>();
  for (const command of commands) {
    const text = body(command);
    groups.set(text, [...(groups.get(text) ?? []), command.name]);
  }
  return [...groups].map(([text, names]) => ({ names, body: text }));
}

function bash(commands: readonly CommandSpec[], svl: string): string {
  const shown = commands.filter((command) => command.hidden !== true);
  const bodies = groupBy(commands, (command) => {
    const flags = flagsOf(command);
    const valued = flags.flatMap(({ names, takesValue, option }): string[] => {
      if (!takesValue) return [];
      const pattern = names.join('|');
      if (option.choices !== undefined) return [`${pattern}) words='${option.choices.join(' ')}' ;;`];
      if (option.completes === 'file') return [`${pattern}) COMPREPLY=($(compgen -f -- "$cur")); return ;;`];
      if (option.completes === 'directory')
        return [`${pattern}) COMPREPLY=($(compgen -d -- "$cur")); return ;;`];
      if (option.completes !== undefined)
        return [`${pattern}) _homerun_names ${option.completes}; return ;;`];
      return [`${pattern}) return ;;`];
    });
    const words = wordsOf(command);
    const positional =
      words === null
        ? `words=''`
        : 'kinds' in words
          ? `${askFor(words.kinds)}return`
          : `words='${words.words.join(' ')}'`;
    // The action may stand behind options: it is looked for among all words before this one.
    const after = Object.entries(command.actions ?? {}).map(
      ([action, kinds]) => `*' ${action} '*) ${askFor(kinds)}return ;;`,
    );
    const free =
      after.length === 0
        ? positional
        : `case " \${COMP_WORDS[*]:2:COMP_CWORD-2} " in ${after.join(' ')} *) ${positional} ;; esac`;
    const options = [...flags.flatMap(({ names }) => names), '--help'].join(' ');
    return [
      '\t\tcase $prev in',
      ...valued.map((line) => `\t\t${line}`),
      `\t\t*) case $cur in -*) words='${options}' ;; *) ${free} ;; esac ;;`,
      '\t\tesac',
      '\t\t;;',
    ].join('\n');
  });
  const cases = bodies.map(({ names, body }) => `\t${names.join(' | ')})\n${body}`);
  return `# bash completion for homerun, made by \`homerun completion bash\`

# Names come line by line, and are never read as shell words: they may hold blanks, quotes and dollars.
_homerun_names() {
	local name typed=\${cur//[\\\\\\'\\"]/}
	while IFS= read -r name; do
		[[ \${name//[\\\\\\'\\"]/} == "$typed"* ]] || continue
		case $cur in
		[\\'\\"]*) COMPREPLY+=("$name") ;;
		*) COMPREPLY+=("$(printf %q "$name")") ;;
		esac
	done < <(homerun completion --list "$1" 2>/dev/null)
}

_homerun() {
	local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} words='' IFS=$' \\t\\n'
	COMPREPLY=()
	# --option=value comes as three words.
	if [ "$cur" = = ]; then
		cur=''
	elif [ "$prev" = = ]; then
		prev=\${COMP_WORDS[COMP_CWORD-2]}
	fi
	if [ "$COMP_CWORD" -eq 1 ]; then
		words='${shown.map(({ name }) => name).join(' ')} help --help --version'
		COMPREPLY=($(compgen -W "$words" -- "$cur"))
		return
	fi
	case \${COMP_WORDS[1]} in
${cases.join('\n')}
	help) words='${shown.map(({ name }) => name).join(' ')}' ;;
	esac
	COMPREPLY=($(compgen -W "$words" -- "$cur"))
}

_homerun_svl() {
	local cur=\${COMP_WORDS[COMP_CWORD]} words='${VERBS}' word value=''
	COMPREPLY=()
	for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
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
complete -F _homerun_svl -- ${singleQuoted(svl)}
`;
}

/** Text inside a zsh specification: brackets and colons end its parts. */
const zshText = (text: string): string => text.replace(/[[\]:\\]/g, '\\$&');

function zsh(commands: readonly CommandSpec[], svl: string): string {
  const shown = commands.filter((command) => command.hidden !== true);
  const bodies = groupBy(commands, (command) => {
    const specs = flagsOf(command).map(({ names, takesValue, option }) => {
      const value = !takesValue
        ? ''
        : option.choices !== undefined
          ? `:value:(${option.choices.join(' ')})`
          : option.completes === 'file'
            ? ':file:_files'
            : option.completes === 'directory'
              ? ':directory:_files -/'
              : option.completes !== undefined
                ? `:name:{_homerun_names ${option.completes}}`
                : ':value: ';
      const many = option.repeat === true;
      const body = singleQuoted(`[${zshText(option.summary)}]${value}`);
      // The value may stand in the same word: --option=value, -ovalue.
      const forms = names.map((name) => (takesValue ? `${name}${name.startsWith('--') ? '=' : '+'}` : name));
      if (forms.length === 1) return `${singleQuoted(`${many ? '*' : ''}${forms[0]}`)}${body}`;
      return many
        ? `'*'{${forms.join(',')}}${body}`
        : `${singleQuoted(`(${names.join(' ')})`)}{${forms.join(',')}}${body}`;
    });
    const words = wordsOf(command);
    const positional =
      words === null
        ? []
        : 'kinds' in words
          ? [singleQuoted(`${onlyFirst(command) ? '1' : '*'}:name:{${askFor(words.kinds)}}`)]
          : [singleQuoted(`1:word:(${words.words.join(' ')})`)];
    const after = Object.entries(command.actions ?? {}).map(
      ([action, kinds]) => `${action}) ${askFor(kinds)};;`,
    );
    if (after.length > 0) positional.push(singleQuoted(`*:word:{case $line[1] in ${after.join(' ')} esac}`));
    // Behind a word that no specification covers zsh completes nothing at all, not even options.
    if (!positional.some((spec) => spec.startsWith("'*:"))) positional.push("'*:word:{true}'");
    const lines = [...specs, `'(-h --help)'{-h,--help}'[shows the help]'`, ...positional];
    return `\t\t\t_arguments -s \\\n${lines.map((line) => `\t\t\t\t${line}`).join(' \\\n')}\n\t\t\t;;`;
  });
  const cases = bodies.map(({ names, body }) => `\t\t(${names.join('|')})\n${body}`);
  return `#compdef homerun ${svl}
# zsh completion for homerun, made by \`homerun completion zsh\`

_homerun_names() {
	local -a names
	names=(\${(f)"$(homerun completion --list $1 2>/dev/null)"})
	compadd -a names
}

_homerun_commands() {
	local -a commands
	commands=(
${shown.map(({ name, summary }) => `\t\t${singleQuoted(`${name}:${summary}`)}`).join('\n')}
		'help:shows the help of a command'
	)
	_describe command commands
}

_homerun() {
	local curcontext=$curcontext state line
	typeset -A opt_args
	if [[ $service != homerun ]]; then
		_arguments '-v[says the status after each command]' '-w+[so many seconds for the effect]:seconds:{true}' \\
			'1:command:(${VERBS})' '*:name:{_homerun_names service}'
		return
	fi
	_arguments -C '(- *)'{-h,--help}'[shows the help]' '(- *)--version[shows the version]' \\
		'1:command:_homerun_commands' '*::argument:->arguments'
	[[ $state == arguments ]] || return
	case $line[1] in
${cases.join('\n')}
		help)
			_homerun_commands
			;;
	esac
}

# Autoloaded by the completion system, or read from ~/.zshrc; what has not started that system by then is started here.
if [[ $funcstack[1] == _homerun ]]; then
	_homerun "$@"
else
	(( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i }
	compdef _homerun homerun ${singleQuoted(svl)}
fi
`;
}

function fish(commands: readonly CommandSpec[], svl: string): string {
  const shown = commands.filter((command) => command.hidden !== true);
  const lines: string[] = [];
  for (const { name, summary } of shown) {
    lines.push(
      `complete -c homerun -n __fish_use_subcommand -a ${singleQuoted(name)} -d ${singleQuoted(summary)}`,
    );
  }
  const bodies = groupBy(commands, (command) => {
    const own: string[] = [];
    const here = '-n @HERE@';
    for (const { names, takesValue, option } of flagsOf(command)) {
      const flags = names
        .map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`))
        .join(' ');
      const value = !takesValue
        ? ''
        : option.choices !== undefined
          ? ` -xa ${singleQuoted(option.choices.join(' '))}`
          : option.completes === 'file' || option.completes === 'directory'
            ? ' -rF'
            : option.completes !== undefined
              ? ` -xa ${singleQuoted(`(__homerun_names ${option.completes})`)}`
              : ' -x';
      own.push(`complete -c homerun ${here} ${flags}${value} -d ${singleQuoted(option.summary)}`);
    }
    const words = wordsOf(command);
    const actions = Object.entries(command.actions ?? {});
    const among = `__fish_seen_subcommand_from ${actions.map(([action]) => action).join(' ')}`;
    if (words !== null) {
      const list = 'kinds' in words ? words.kinds.map((kind) => `(__homerun_names ${kind})`) : words.words;
      const first = actions.length === 0 ? here : `-n '@HERE@; and not ${among}'`;
      own.push(`complete -c homerun ${first} -a ${singleQuoted(list.join(' '))}`);
    }
    for (const [action, kinds] of actions) {
      for (const kind of kinds) {
        const condition = `-n '@HERE@; and __fish_seen_subcommand_from ${action}'`;
        own.push(`complete -c homerun ${condition} -a ${singleQuoted(`(__homerun_names ${kind})`)}`);
      }
    }
    return own.join('\n');
  });
  for (const { names, body } of bodies) {
    if (body === '') continue;
    const seen = `__fish_seen_subcommand_from ${names.join(' ')}`;
    lines.push(body.replaceAll("'@HERE@; ", `'${seen}; `).replaceAll('@HERE@', singleQuoted(seen)));
  }
  return `# fish completion for homerun, made by \`homerun completion fish\`

function __homerun_names
    homerun completion --list $argv[1] 2>/dev/null
end

function __homerun_svl_has_command
    set -l words (commandline -opc)
    set -e words[1]
    while set -q words[1]
        switch $words[1]
            case -w
                set -e words[1]
            case '-*'
            case '*'
                return 0
        end
        set -e words[1]
    end
    return 1
end

complete -c ${singleQuoted(svl)} -f
complete -c ${singleQuoted(svl)} -s v -d 'says the status after each command'
complete -c ${singleQuoted(svl)} -s w -x -d 'so many seconds for the effect'
complete -c ${singleQuoted(svl)} -n 'not __homerun_svl_has_command' -a '${VERBS}'
complete -c ${singleQuoted(svl)} -n __homerun_svl_has_command -a '(__homerun_names service)'
complete -c homerun -f
complete -c homerun -s h -l help -d 'shows the help'
complete -c homerun -n __fish_use_subcommand -l version -d 'shows the version'
${lines.join('\n')}
`;
}

/** `svl`: the name of the control script. */
export function completionScript(shell: Shell, commands: readonly CommandSpec[], svl: string): string {
  if (shell === 'bash') return bash(commands, svl);
  return shell === 'zsh' ? zsh(commands, svl) : fish(commands, svl);
}
