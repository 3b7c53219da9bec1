import { join } from 'node:path';
import type { Check } from '../check.ts';
import { fixBy, say } from '../say.ts';
import { readShebang } from '../script/shebang.ts';
import type { ScriptFact, Snapshot } from '../snapshot.ts';
import { pathOf } from '../tree.ts';
import { errorText, shellPath } from '../words.ts';

interface Fault {
  readonly what: string;
  readonly evidence: string;
  readonly mended: string | null;
  readonly how: string;
  readonly command: string;
}

function faultOf(snapshot: Snapshot, script: ScriptFact): Fault | null {
  const shebang = readShebang(script);
  const { text } = script;
  if (script.size === 0) {
    return { what: 'is empty', evidence: '0 bytes', mended: null, how: 'Write it again.', command: '' };
  }
  if (shebang.kind === 'elf' || script.binary) return null;
  if (/\r\n/.test(text)) {
    return {
      what: 'has DOS line ends',
      evidence: `first line: ${JSON.stringify(text.split('\n', 1)[0])}`,
      mended: text.replace(/\r\n/g, '\n'),
      how: 'take the carriage returns away',
      command: "sed -i 's/\\r$//'",
    };
  }
  if (shebang.junk !== null) {
    return {
      what: `has a ${shebang.junk} before #!`,
      evidence: `it begins with the bytes ${script.head.slice(0, 12)}`,
      mended: text.replace(/^[\uFEFF\s]+/, ''),
      how: 'take away what stands before #!',
      command: "sed -i '1s/^[^#]*//'",
    };
  }
  if (shebang.kind === 'none') {
    return {
      what: 'does not begin with #!',
      evidence: `first line: ${JSON.stringify(text.split('\n', 1)[0])}`,
      mended: `#!/bin/sh\n${text}`,
      how: 'put #!/bin/sh in front',
      command: "sed -i '1i #!/bin/sh'",
    };
  }
  const interpreter = pathOf(snapshot, shebang.interpreter);
  if (shebang.interpreter.startsWith('/') && interpreter.can.execute !== 'ok') {
    return {
      what: `names an interpreter that cannot be started: ${shebang.interpreter}`,
      evidence: `${shebang.interpreter}: ${errorText(interpreter.can.execute)}`,
      mended: null,
      how: 'Install it, or write the path of another shell into the first line.',
      command: '',
    };
  }
  if (script.syntax !== null && !script.syntax.ok) {
    return {
      what: 'has a syntax error',
      evidence: script.syntax.message.trim().split('\n', 1)[0] ?? '',
      mended: null,
      how: `Mend that line; try it with: ${script.syntax.shell} -n log/run`,
      command: '',
    };
  }
  return null;
}

export const check: Check = {
  id: 'log-run-broken',
  severity: 'error',
  layer: 'log',
  title: 'log/run cannot be started as it is',
  section: 'Runit Log File Overview',
  explain: [
    'log/run is a program like run: it needs a first line with an interpreter that is there, Unix line ends, and correct syntax.',
    'By hand: look at its first line (head -1 log/run | od -c) and try sh -n log/run.',
  ],
  run: (snapshot) =>
    snapshot.services.flatMap((service) => {
      const path = join(service.dir, 'log/run');
      const script = service.log === null ? undefined : snapshot.scripts[path];
      if (script === undefined) return [];
      const fault = faultOf(snapshot, script);
      if (fault === null) return [];
      const whole = Buffer.byteLength(script.text) === script.size;
      return [
        say(check, {
          service: service.name,
          path,
          summary: `${service.name}: log/run ${fault.what}`,
          evidence: [fault.evidence],
          cause:
            fault.mended === null
              ? `The log service cannot start, and the daemon stops when the pipe is full. ${fault.how}`
              : 'The log service cannot start, and the daemon stops when the pipe is full.',
          fix:
            fault.mended === null || !whole
              ? null
              : fixBy({
                  title: fault.how,
                  commands: [`${fault.command} ${shellPath(snapshot, path)}`],
                  operations: [{ kind: 'write', path, contents: fault.mended }],
                }),
        }),
      ];
    }),
};
