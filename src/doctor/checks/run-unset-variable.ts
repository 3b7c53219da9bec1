import { scriptCheck } from '../check.ts';
import { treeOf } from '../tree.ts';
import { isFlapping } from './flapping.ts';

/** Set by the shell itself, or with a check of its own (HOME). */
const OWN = new Set(
  'HOME PATH TERM SHELL PWD OLDPWD IFS PPID RANDOM SECONDS LINENO UID EUID HOSTNAME SHLVL OPTARG OPTIND BASH BASH_VERSION BASHPID KSH_VERSION PS1 PS2 PS4 SHELLOPTS REPLY EPOCHSECONDS EPOCHREALTIME BASH_SOURCE FUNCNAME PIPESTATUS MACHTYPE HOSTTYPE OSTYPE BASHOPTS DIRSTACK GROUPS OPTERR PGRP KSHUID USER_ID _'.split(
    ' ',
  ),
);
/** `$NAME` and `${NAME}`, and `${NAME/...}`; not those with a default, an alternative or a test. */
const USES = /\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:\}|[#%/]))/g;

export const check = scriptCheck({
  id: 'run-unset-variable',
  severity: 'warning',
  layer: 'environment',
  title: 'the program that run starts is named with a variable that is not set',
  section: 'Make the Daemon’s Run Script Inside the Daemon’s Directory',
  explain: [
    'A service has the environment that runsvdir was started with, and not that of your login shell: what .profile or .bashrc sets later is not there. An unset variable is nothing, so that "$MYTREE/bin/daemon" becomes /bin/daemon; with set -u the shell ends with "parameter not set".',
    'By hand: set the variable in run, or put it into a directory for chpst -e (homerun env does that).',
  ],
  see: (snapshot, { meaning, path, name, script, supervise }) => {
    if (meaning === undefined || meaning.shell === '' || meaning.sources || script === undefined)
      return undefined;
    // Only a supervisor that runs shows what its services get: the runner may set more than the caller's shell has.
    const environment = treeOf(snapshot).main?.process.detail?.environ;
    if (environment == null || Object.keys(environment).length === 0) return undefined;
    const set = new Set<string>([...OWN, ...Object.keys(environment)]);
    let strict = /^#!.*\s-[a-z]*u/.test(script.text);
    for (const command of meaning.commands) {
      const words = command.words.map((word) => word.text);
      for (const word of command.assignments) set.add(/^\w+/.exec(word.text)?.[0] ?? '');
      if (
        /^(export|readonly|typeset|declare|local|read|getopts|printf|mapfile|unset|integer)$/.test(
          words[0] ?? '',
        )
      )
        for (const word of words.slice(1)) {
          // export $(cat FILE): names that only the shell knows.
          if (/^[$`]/.test(word)) return undefined;
          set.add(/^\w+/.exec(word)?.[0] ?? '');
        }
      if (words[0] === 'set' && words.slice(1).some((word) => /^-[a-z]*u/.test(word) || word === 'nounset'))
        strict = true;
    }
    for (const match of script.text.matchAll(/\b(?:for|select)\s+([A-Za-z_]\w*)/g))
      set.add(match[1] as string);
    for (const match of script.text.matchAll(/\$\{([A-Za-z_]\w*):?=/g)) set.add(match[1] as string);
    for (const started of meaning.started) {
      if (started.conditional) continue;
      // These bring variables of their own to what they start, and not to the words of this line.
      const words = strict
        ? started.command.words
        : started.command.words.filter((word) => word.raw === started.raw);
      for (const word of words) {
        if (/^'.*'$/.test(word.raw)) continue;
        const bare = word.raw.replace(/'[^']*'/g, '').replace(/\\\$/g, '');
        for (const match of bare.matchAll(USES)) {
          const variable = (match[1] ?? match[2]) as string;
          if (set.has(variable)) continue;
          return {
            path,
            severity: isFlapping(snapshot, supervise) ? 'error' : 'warning',
            summary: `${name} uses $${variable}, which is not set for the service`,
            evidence: [
              `line ${started.line}: ${started.command.words
                .map((each) => each.raw)
                .join(' ')
                .slice(0, 80)}`,
              `${name} does not set ${variable}, and it is not in the environment of the services`,
            ],
            cause: strict
              ? 'With set -u the shell ends there. Set it in the script, or in the environment of the service.'
              : `Nothing stands in its place, so that another program is meant, or none. Set it in the script: ${variable}=...`,
          };
        }
      }
    }
    return undefined;
  },
});
