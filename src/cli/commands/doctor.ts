import type { CommandSpec } from '../spec.ts';
import { jsonOption } from './json-option.ts';

export const doctor: CommandSpec = {
  name: 'doctor',
  words: '[service...]',
  summary: 'finds what is wrong, names the cause and mends it',
  description: [
    'Looks at the service directories, the processes, the logs and the session files, and says what does not work, why, and what to do. It changes nothing unless --fix is given; what --fix does to files, homerun undo takes back.',
    'A fix is safe (touches nothing that runs), restart (the service stops or restarts) or destructive (deletes what cannot be made again). With --yes the first two are applied without a question; the last never.',
    'What --save writes holds the texts of the run, log/run and session scripts, the last lines of the logs and of ~/.xsession-errors, modes and owners of files, the status of services, and the processes of the tree with their command lines. Of other processes of yours it holds only the program’s name; of the environment the values of names that say where things are (PATH, DISPLAY, XDG_...), of all others only the name. Your name and home folder are replaced. A password that stands in a script, on a daemon’s command line or in a log is in it: look through it before you send it.',
  ],
  options: [
    { flags: '--fix', summary: 'mends what can be mended, and looks again' },
    { flags: '--yes', summary: 'with --fix: asks nothing, applies safe and restarting fixes' },
    { flags: '--dry-run', summary: 'shows what --fix would do, changes nothing' },
    jsonOption('doctor'),
    { flags: '--sample <seconds>', summary: 'how long to watch what looks unsteady (default 2)' },
    {
      flags: '--save <file>',
      summary: 'writes what was seen to a file to send to somebody, name and home masked',
      completes: 'file',
    },
    { flags: '--from <file>', summary: 'judges what --save wrote, here or elsewhere', completes: 'file' },
    { flags: '--list', summary: 'lists all checks' },
    {
      flags: '--brute-force',
      summary: 'stops one service and runs its ./run in front of you, as runsv would',
    },
  ],
  examples: [
    { command: 'homerun doctor', meaning: 'what is wrong?' },
    { command: 'homerun doctor newtest --fix', meaning: 'mend one service' },
    { command: 'homerun doctor --fix --yes --json', meaning: 'from a script' },
    { command: 'homerun doctor --save seen.json', meaning: 'to ask somebody else' },
  ],
  exitCodes: [
    [0, 'nothing of severity error or warning'],
    [1, 'something is wrong'],
    [2, 'wrong usage, no such service, or doctor could not look'],
  ],
  completes: 'installed',
  load: async () => (await import('../run/doctor.ts')).run,
};
