import { treeCheck } from '../check.ts';
import { treeOf } from '../tree.ts';
import { errorText } from '../words.ts';

export const check = treeCheck({
  id: 'service-gui-missing',
  severity: 'error',
  layer: 'machine',
  title: 'the service directory is missing or was moved',
  section: 'Make the Service Directory',
  explain: [
    'runsvdir says "unable to stat DIR: file does not exist" and leaves everything as it is: what runs goes on.',
    'By hand: move it back. Never mkdir it while runsvdir runs: an empty directory means that every service is to be stopped.',
  ],
  see: (snapshot) => {
    const { serviceDir } = snapshot;
    if (
      serviceDir.to?.kind === 'directory' ||
      serviceDir.toError === 'EACCES' ||
      serviceDir.toError === 'TIMEOUT'
    )
      return undefined;
    const running = treeOf(snapshot).runsvdirs.some((each) => each.process.uid === snapshot.who.uid);
    return {
      path: snapshot.layout.serviceDir,
      summary: 'the service directory is missing',
      evidence: [
        serviceDir.to === null
          ? `${snapshot.layout.serviceDir}: ${errorText(serviceDir.toError ?? 'ENOENT')}`
          : 'it is no directory',
      ],
      cause: !snapshot.configured
        ? 'Nothing is set up here yet, or it lies elsewhere. To set it up: homerun init'
        : running
          ? 'Move it back. Do not make an empty one while runsvdir runs: that stops every service at its next look.'
          : 'Move it back, or set everything up anew: homerun init',
    };
  },
});
