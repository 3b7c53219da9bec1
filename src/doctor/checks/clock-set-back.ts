import type { Check } from '../check.ts';
import { say } from '../say.ts';
import { duration } from '../words.ts';

/** Milliseconds: less is the time between two looks. */
const MARGIN = 5000;

export const check: Check = {
  id: 'clock-set-back',
  severity: 'info',
  layer: 'advice',
  title: 'times in status lie in the future',
  section: 'Troubleshoot',
  explain: [
    'After the clock was set back, sv shows 0 s for a while. Nothing is broken.',
    'Nothing has to be done.',
  ],
  run: (snapshot) => {
    const late = snapshot.services.filter(
      (service) =>
        service.main.answers === 'ok' && (service.main.status?.changed ?? 0) > snapshot.at + MARGIN,
    );
    if (late.length === 0) return [];
    const first = late[0] as (typeof late)[number];
    const names = late.map((service) => service.name);
    return [
      say(check, {
        service: names.length === 1 ? (names[0] as string) : null,
        ...(names.length > 1 ? { services: names } : {}),
        path: first.main.path,
        summary: `${names.length} service${names.length === 1 ? '' : 's'}: the start lies in the future: the clock was set back`,
        evidence: [`${first.name}: ${duration((first.main.status?.changed ?? 0) - snapshot.at)} from now`],
        cause: 'sv shows 0 s until the clock has caught up. Nothing is broken.',
      }),
    ];
  },
};
