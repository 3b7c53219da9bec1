import type { Check } from '../check.ts';
import { say } from '../say.ts';
import { userName } from '../words.ts';

export const check: Check = {
  id: 'sv-wrong-user',
  severity: 'info',
  layer: 'advice',
  title: 'the tree belongs to another user',
  section: 'sv For a Specific User',
  explain: [
    'Only the owner of the supervise directories (and root) can ask and control services.',
    'By hand: work as the owner.',
  ],
  run: (snapshot) => {
    const owner = snapshot.serviceAll.to?.uid;
    if (owner === undefined || owner === snapshot.who.uid) return [];
    return [
      say(check, {
        path: snapshot.layout.serviceAll,
        summary: `${snapshot.layout.serviceAll} belongs to ${userName(snapshot, owner)}, doctor runs as ${snapshot.who.user}`,
        evidence: [`owner ${owner}, doctor runs with ${snapshot.who.uid}`],
        cause: 'What doctor sees and does is not what the owner would. Run it as the owner.',
      }),
    ];
  },
};
