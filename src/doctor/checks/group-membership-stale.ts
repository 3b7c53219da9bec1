import { treeCheck } from '../check.ts';
import { treeOf } from '../tree.ts';

export const check = treeCheck({
  id: 'group-membership-stale',
  severity: 'warning',
  layer: 'environment',
  title: 'the user is in a group now in which the supervisor is not',
  section: 'Supervising Pulseaudio With Your Specific User Runit',
  explain: [
    'Group memberships are given at login and pass on to everything that is started. After usermod -aG audio the supervisor that runs, and all of its services, still lack the group until it is started from a new login.',
    'By hand: log out and in again. To try at once: kill -HUP the supervisor, and start the runner from a new login (su - USER).',
  ],
  see: (snapshot) => {
    const main = treeOf(snapshot).main;
    const now = snapshot.who.groupsNow;
    if (
      main?.process.detail == null ||
      now === null ||
      main.process.uid !== snapshot.who.uid ||
      snapshot.who.uid === 0
    )
      return undefined;
    const has = main.process.detail.groups;
    // Without any group besides the own one the list is often empty.
    const missing = now.filter((gid) => gid !== snapshot.who.gid && !has.includes(gid));
    if (missing.length === 0) return undefined;
    return {
      path: null,
      summary: `the supervisor lacks ${missing.length === 1 ? 'a group' : 'groups'} that ${snapshot.who.user} is in now: ${missing.join(', ')}`,
      evidence: [
        `groups of pid ${main.process.pid}: ${has.join(' ') || 'none'}`,
        `groups by the user database: ${now.join(' ')}`,
      ],
      cause:
        'Services do not have what the group would give them. Log out and in again (the supervisor starts anew from the new login).',
    };
  },
});
