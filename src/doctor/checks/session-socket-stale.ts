import type { Check } from '../check.ts';
import { busSocket } from '../collect/session.ts';
import { environmentOf } from '../environment.ts';
import { say } from '../say.ts';
import { linked, treeOf } from '../tree.ts';
import { errorText } from '../words.ts';
import { lastWords } from '../words-of-daemons.ts';
import { isFlapping } from './flapping.ts';

interface Line {
  readonly variable: string;
  readonly socket: string | undefined;
  /** What a program says that could not use it. */
  readonly says: RegExp;
}

export const check: Check = {
  id: 'session-socket-stale',
  severity: 'error',
  layer: 'environment',
  title: 'the message bus or the ssh agent of the supervisor is gone',
  section: 'Tying Runit to .xinitrc',
  explain: [
    'DBUS_SESSION_BUS_ADDRESS and SSH_AUTH_SOCK name sockets of the session in which the supervisor was started. A supervisor that outlives it keeps the old names, and every service that wants them fails.',
    'By hand: homerun down, then start the runner from the new session. For an agent that is to outlive the session, let it be a service with a socket of a fixed name.',
  ],
  run: (snapshot) => {
    const main = treeOf(snapshot).main;
    const env = environmentOf(snapshot);
    if (main === undefined) return [];
    const lines: readonly Line[] = [
      {
        variable: 'DBUS_SESSION_BUS_ADDRESS',
        socket: busSocket(env),
        says: /\bd-?bus\b|session bus|connect to (the )?bus|message bus/i,
      },
      {
        variable: 'SSH_AUTH_SOCK',
        socket: env.SSH_AUTH_SOCK ?? undefined,
        says: /authentication agent|SSH_AUTH_SOCK|ssh-agent/i,
      },
    ];
    return lines.flatMap(({ variable, socket, says }) => {
      const answer = socket === undefined ? undefined : snapshot.sockets[socket];
      if (socket === undefined || answer === undefined || answer === 'ok') return [];
      const hit = linked(snapshot).flatMap((service) => {
        if (!isFlapping(snapshot, service.main)) return [];
        const said = lastWords(snapshot, service).findLast(
          (line) => says.test(line) || line.includes(socket),
        );
        return said === undefined ? [] : [{ name: service.name, said }];
      });
      const [first] = hit;
      if (first === undefined) return [];
      const names = hit.map((each) => each.name);
      return [
        say(check, {
          service: first.name,
          ...(names.length > 1 ? { services: names } : {}),
          path: socket,
          summary: `${variable} of the supervisor leads nowhere: ${names.join(', ')} cannot use it`,
          evidence: [
            `${socket}: ${errorText(answer)}`,
            `process ${main.process.pid} has ${variable}=${env[variable]}`,
            ...hit.map((each) => each.said).slice(0, 3),
          ],
          cause:
            'The supervisor is left over from a session that has ended. homerun down, then start the runner from the new session.',
        }),
      ];
    });
  },
};
