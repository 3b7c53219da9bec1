/** dist/sv.cjs: the program sv. */
import { argumentsAsBytes, environmentVariable } from '../native/arguments.ts';
import { putBackDefault, writeAll } from '../native/output.ts';
import { type CheckResult, sv } from '../sv.ts';

const [path = '', ...args] = argumentsAsBytes();
const name = path.slice(path.lastIndexOf('/') + 1);

process.exitCode = sv({
  // Run as a file of its own, `node dist/sv.cjs`, it is sv too.
  name: name === 'sv.cjs' ? 'sv' : name,
  args,
  services: environmentVariable('SVDIR'),
  wait: environmentVariable('SVWAIT'),
  write: writeAll,
  clock: {
    now: Date.now,
    // Not performance.now(): the first use of `performance` loads more of Node than all of sv.
    monotonic: () => Number(process.hrtime.bigint()) / 1e6,
    sleep: (milliseconds) => {
      // Only now, since it costs time: while sv waits SIGUSR1 is to end it, where Node would start its debugger.
      putBackDefault('SIGUSR1');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
    },
  },
  runCheck: (directory) => {
    // Loaded only here: koffi takes as long to load as all of sv.
    const { runCheckScript } = require('../native/check-script.ts') as {
      runCheckScript: (directory: string) => CheckResult;
    };
    return runCheckScript(directory);
  },
});
