import type { CommandSpec } from '../spec.ts';
import { jsonOption } from './json-option.ts';

export const addService: CommandSpec = {
  name: 'add-service',
  words: '[name]',
  summary: 'makes a service, links it and waits until it stays up',
  description: [
    'The service is made from a template (homerun templates lists them) or for any program of yours. Its directory is complete before runsvdir can see it. If a supervisor runs, it is then watched until it has stayed up for 3 seconds; if it does not, what doctor finds and the last lines of its log are shown, and the files are kept.',
    'On a terminal it asks for what the flags leave open; with --yes, or without a terminal, it takes the defaults.',
  ],
  options: [
    { flags: '-t, --template <template>', summary: 'the template', completes: 'template' },
    {
      flags: '-c, --command <line>',
      summary: "a program and its arguments, 'PROGRAM ARG...', that stays in the foreground",
    },
    { flags: '--from-command <line>', summary: 'the same as --command' },
    { flags: '-s, --set <key=value>', summary: "an answer to one of the template's questions", repeat: true },
    { flags: '-e, --env <key=value>', summary: 'a variable of its environment', repeat: true },
    { flags: '--no-log', summary: 'no log service' },
    { flags: '--log-dir <dir>', summary: 'where its log goes', completes: 'directory' },
    { flags: '--down', summary: 'not started until it is told to (a file named down)' },
    { flags: '--no-enable', summary: 'made, but not linked into the service directory' },
    { flags: '--show', summary: "prints the template's files, and makes nothing" },
    { flags: '-y, --yes', summary: 'asks nothing' },
    { flags: '--dry-run', summary: 'shows what it would make, and changes nothing' },
    jsonOption('add-service'),
  ],
  examples: [
    { command: 'homerun add-service', meaning: 'asks' },
    { command: 'homerun add-service newtest --template newtest --yes', meaning: 'the first daemon' },
    {
      command: "homerun add-service music -c 'mpd ~/.config/mpd/mpd.conf'",
      meaning: 'any program; what would background it is corrected',
    },
    {
      command: 'homerun add-service --template fetchmail --set seconds=300',
      meaning: 'an answer given beforehand',
    },
    { command: 'homerun add-service --template pulseaudio --show', meaning: 'what it would be made of' },
  ],
  exitCodes: [
    [0, 'made, and seen to stay up (or no supervisor runs, or it was not to be started)'],
    [1, 'not made, or made and not up'],
    [2, 'wrong usage'],
  ],
  changesFiles: true,
  load: async () => (await import('../run/add-service.ts')).run,
};
