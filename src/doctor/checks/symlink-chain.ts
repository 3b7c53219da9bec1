import { dirname, isAbsolute, join } from 'node:path';
import { serviceCheck } from '../check.ts';
import { pathOf } from '../tree.ts';
import { shellPath } from '../words.ts';

export const check = serviceCheck({
  id: 'symlink-chain',
  severity: 'info',
  layer: 'advice',
  title: 'a link in the service directory leads through further links',
  section: 'Make the "All Daemons" Directory (Ugh!)',
  explain: [
    'Links to links work, and make it hard to say what is connected to what; one that breaks in the middle takes the service along.',
    'By hand: ln -sfn $(readlink -f LINK) LINK',
  ],
  see: (snapshot, service) => {
    const [entry] = service.links;
    const link = entry === undefined ? undefined : pathOf(snapshot, entry);
    if (link?.self?.kind !== 'symlink' || link.target === null || link.real === null) return undefined;
    const target = isAbsolute(link.target) ? link.target : join(dirname(link.path), link.target);
    const next = pathOf(snapshot, target);
    if (next.self?.kind !== 'symlink') return undefined;
    return {
      path: link.path,
      summary: 'its link leads to another link',
      evidence: [`${link.path} -> ${link.target} -> ${next.target}`],
      cause: `It works. To make it one link: ln -sfn ${shellPath(snapshot, link.real)} ${shellPath(snapshot, link.path)}`,
    };
  },
});
