import { treeCheck } from '../check.ts';

export const check = treeCheck({
  id: 'service-gui-empty',
  severity: 'info',
  layer: 'advice',
  title: 'the service directory has no services',
  section: 'Make the Service Directory',
  explain: [
    'There is nothing to run yet. homerun add-service makes a service; homerun enable links one that is there.',
  ],
  see: (snapshot) => {
    if (snapshot.serviceDir.to?.kind !== 'directory' || snapshot.serviceDir.can.read !== 'ok')
      return undefined;
    if (snapshot.entries.some((entry) => !entry.name.startsWith('.'))) return undefined;
    return {
      path: snapshot.layout.serviceDir,
      summary: 'there are no services yet',
      evidence: [],
      cause: 'To make one: homerun add-service',
    };
  },
});
