import { serviceCheck } from '../check.ts';
import { SETTLE_SCAN } from '../finding.ts';
import { linesAbout, ringOf } from '../ring.ts';
import { fixBy } from '../say.ts';
import { halves } from '../supervises.ts';
import { kindWord, shellPath } from '../words.ts';

export const check = serviceCheck({
  id: 'control-not-fifo',
  severity: 'error',
  layer: 'supervise',
  title: 'supervise/control (or ok) is no FIFO',
  section: 'How the supervise directory is created',
  explain: [
    'echo u >supervise/control makes a plain file where there was no FIFO; git, zip and cloud folders turn FIFOs into files, too. runsv then says "supervise/control exists but is not a fifo" and ends.',
    'By hand: rm supervise/control. The next runsv makes it right.',
  ],
  see: (snapshot, service) => {
    const wrong = halves(snapshot, service)
      .filter(({ fact }) => fact.to?.kind === 'directory')
      .flatMap((half) => [half.file('control'), half.file('ok')])
      .filter((fact) => fact.self !== null && fact.self.kind !== 'fifo');
    const [first] = wrong;
    if (first?.self == null) return undefined;
    return {
      path: first.path,
      summary: `${first.path.slice(service.dir.length + 1)} is ${kindWord(first.self.kind)}, expected a FIFO`,
      evidence: [
        `found ${kindWord(first.self.kind)} of ${first.self.size} bytes`,
        ...linesAbout(ringOf(snapshot), service.name).slice(-1),
      ],
      cause: 'runsv takes its commands through that FIFO, and does not start without it.',
      fix: fixBy({
        title: 'take it away; runsv makes the FIFO',
        commands: [`rm ${wrong.map((fact) => shellPath(snapshot, fact.path)).join(' ')}`],
        operations: wrong.map((fact) => ({ kind: 'remove', path: fact.path })),
        settle: SETTLE_SCAN,
      }),
    };
  },
});
