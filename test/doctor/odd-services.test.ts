/** Faults that are in no catalogue, each in a service of its own on one running tree: doctor names the cause. */
import { odd } from './fixtures/odd.ts';
import { oddTests } from './fixtures/odd-tree.ts';

oddTests('a service that is broken as nobody foresaw, on C runit', odd, {
  services: { alpha: { log: true }, 'port-owner': {} },
});
