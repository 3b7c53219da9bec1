/**
 * Completion scripts made from the commands' records. What is known beforehand (commands, options, choices) is in the
 * script; names that change (services, templates, checks) are asked of `homerun completion --list KIND`.
 */
import { singleQuoted } from '../shell/words.ts';
import type { CommandSpec, OptionSpec } from './spec.ts';

export type Shell = 'bash' | 'zsh' | 'fish';
export const SHELLS: readonly Shell[] = ['bash', 'zsh', 'fish'];

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

/** What the words of a command are completed to: a kind that is asked for, or fixed words. */
function wordsOf(command: CommandSpec): { kind: string } | { words: readonly string[] } | null {
  if (command.name === 'env') return { words: ['list', 'set', 'unset', 'import'] };
  if (command.completes === 'shell') return { words: SHELLS };
  return command.completes === undefined ? null : { kind: command.completes };
}

function bash(commands: readonly CommandSpec[]): string {
  const shown = commands.filter((command) => command.hidden !== true);
  const cases = commands.map((command) => {
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
        : 'kind' in words
          ? `_homerun_names ${words.kind}; return`
          : `words='${words.words.join(' ')}'`;
    const options = [...flags.flatMap(({ names }) => names), '--help'].join(' ');
    return [
      `\t${command.name})`,
      '\t\tcase $prev in',
      ...valued.map((line) => `\t\t${line}`),
      `\t\t*) case $cur in -*) words='${options}' ;; *) ${positional} ;; esac ;;`,
      '\t\tesac',
      '\t\t;;',
    ].join('\n');
  });
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

complete -F _homerun homerun
`;
}

/** Text inside a zsh specification: brackets and colons end its parts. */
const zshText = (text: string): string => text.replace(/[[\]:\\]/g, '\\$&');

function zsh(commands: readonly CommandSpec[]): string {
  const shown = commands.filter((command) => command.hidden !== true);
  const cases = commands.map((command) => {
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
      if (names.length === 1) return `${singleQuoted(`${many ? '*' : ''}${names[0]}`)}${body}`;
      return many
        ? `'*'{${names.join(',')}}${body}`
        : `${singleQuoted(`(${names.join(' ')})`)}{${names.join(',')}}${body}`;
    });
    const words = wordsOf(command);
    const positional =
      words === null
        ? []
        : 'kind' in words
          ? [singleQuoted(`*:name:{_homerun_names ${words.kind}}`)]
          : [singleQuoted(`1:word:(${words.words.join(' ')})`)];
    const lines = [...specs, `'(-h --help)'{-h,--help}'[shows the help]'`, ...positional];
    return `\t\t${command.name})\n\t\t\t_arguments -s \\\n${lines.map((line) => `\t\t\t\t${line}`).join(' \\\n')}\n\t\t\t;;`;
  });
  return `#compdef homerun
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

# Autoloaded by the completion system, or read with source.
if [[ $funcstack[1] == _homerun ]]; then
	_homerun "$@"
else
	compdef _homerun homerun
fi
`;
}

function fish(commands: readonly CommandSpec[]): string {
  const shown = commands.filter((command) => command.hidden !== true);
  const lines: string[] = [];
  for (const { name, summary } of shown) {
    lines.push(
      `complete -c homerun -n __fish_use_subcommand -a ${singleQuoted(name)} -d ${singleQuoted(summary)}`,
    );
  }
  for (const command of commands) {
    const here = `-n ${singleQuoted(`__fish_seen_subcommand_from ${command.name}`)}`;
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
      lines.push(`complete -c homerun ${here} ${flags}${value} -d ${singleQuoted(option.summary)}`);
    }
    const words = wordsOf(command);
    if (words === null) continue;
    const list = 'kind' in words ? `(__homerun_names ${words.kind})` : words.words.join(' ');
    lines.push(`complete -c homerun ${here} -a ${singleQuoted(list)}`);
  }
  return `# fish completion for homerun, made by \`homerun completion fish\`

function __homerun_names
    homerun completion --list $argv[1] 2>/dev/null
end

complete -c homerun -f
complete -c homerun -s h -l help -d 'shows the help'
complete -c homerun -n __fish_use_subcommand -l version -d 'shows the version'
${lines.join('\n')}
`;
}

export function completionScript(shell: Shell, commands: readonly CommandSpec[]): string {
  if (shell === 'bash') return bash(commands);
  return shell === 'zsh' ? zsh(commands) : fish(commands);
}
