/** Services that disturb one another, what an ended session or an upgrade left, logs: on one running tree. */
import { oddOthers } from './fixtures/odd-others.ts';
import { oddTests } from './fixtures/odd-tree.ts';

oddTests('a service that others, or the session, have broken, on C runit', oddOthers, {
  services: { alpha: {}, 'mail-store': {}, victim: {} },
  env: { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent/bus', SSH_AUTH_SOCK: '/nonexistent/agent' },
});
