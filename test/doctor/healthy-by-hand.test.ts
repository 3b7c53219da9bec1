/**
 * A tree that a person made by hand, step by step as the document tells it, in ksh, with its slips of the pen corrected
 * (the pasted prompt, `ln` without -s, two words where LOG is one, `1>&2 >>file`): doctor has nothing to say.
 */
import fs from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { needs } from '../setup/needs.ts';
import { until } from '../setup/until.ts';
import { startTree, type Tree } from './fixtures/tree.ts';

const SERVICES = ['newtest', 'pager', 'fetchmail', 'reminder', 'pulse_slitt'];

/** Shell lines, in the order of the document's sections. $H is the home folder. */
const BY_HAND = String.raw`
H=$HOME
file() { mkdir -p "$(dirname "$1")"; cat >"$1"; chmod a+x "$1"; }

# Make the svl Shellscript, the Service Directory, the "All Daemons" Directory
file bin/svl <<EOF
#!/usr/bin/env ksh
svpath=$H/service_gui
SVDIR=\$svpath exec sv "\$@"
EOF
mkdir -p service_gui service_all

# Make the Runsvdir Runner Program
file d/bats/runsvdir/runsvdir_slitt.sh <<EOF
#!/bin/ksh
exec runsvdir -P $H/service_gui 'Log: $(printf '%0400d' 0 | tr 0 .)'
EOF

# Make the Daemon Program; Proof of Concept: Shutting Down With USR1; Runit Log File Overview
file mytest.sh <<EOF
#!/usr/bin/env ksh
echo "Starting the newtest daemon."
stop_when_safe=/bin/false

on_usr1() {
	stop_when_safe=/bin/true
}

test_and_handle_safe_stop() {
	if \$stop_when_safe; then
		echo "Stopping now!" >> $H/scratch/junky.log
		echo "" >> $H/scratch/junky.log
		echo "Stopping the newtest daemon."
		$H/bin/svl down newtest
	fi
}

trap on_usr1 USR1
cd $H || exit 1
while /bin/true; do
	echo -n "PID is " >> $H/scratch/junky.log
	echo \$\$ >> $H/scratch/junky.log
	echo "Starting ./count2ten.sh."
	./count2ten.sh
	sleep 1
	test_and_handle_safe_stop
	sleep 10
	test_and_handle_safe_stop
done
EOF
file count2ten.sh <<EOF
#!/usr/bin/env ksh
echo "" >> $H/scratch/junky.log
echo "Begin count2ten.sh" >> $H/scratch/junky.log
for num in one two three four five six seven eight nine ten; do
	echo \$num >> $H/scratch/junky.log
	sleep 1
done
echo "End count2ten.sh" >> $H/scratch/junky.log
EOF
mkdir -p scratch/rlogs/newtest service_all/newtest/log
file service_all/newtest/run <<EOF
#!/bin/ksh
exec 2>&1
exec $H/mytest.sh
EOF
file service_all/newtest/log/run <<EOF
#!/usr/bin/env ksh
exec svlogd -tt $H/scratch/rlogs/newtest/
EOF

# My email pager loop, with its log the djb way
mkdir -p service_all/pager/log/main d/pager
file service_all/pager/log/run <<'EOF'
#!/usr/bin/env ksh
exec svlogd -tt ./main
EOF
file service_all/pager/run <<EOF
#!/usr/bin/env ksh

exec 2>&1
cd $H/d/pager
mkdir -p $H/scratch/pager/completed
rm -f reload.int
rm -f $H/scratch/pager/pager.pid
exec ./loops.py
EOF
file d/pager/loops.py <<'EOF'
#!/usr/bin/env python3
import time
print("waiting for mail", flush=True)
while True:
    time.sleep(1)
EOF

# A USR1 Aware Fetchmail Loop
file programs/fetchmail </dev/null
printf '#!/bin/sh\nexit 0\n' >programs/fetchmail
mkdir -p d/at/fetchmail/logs mail/fm; : >mail/fm/.fetchmailrc
file service_all/fetchmail/run <<EOF
#!/usr/bin/env ksh
exec $H/d/at/fetchmail/fetchmail_loop
EOF
file d/at/fetchmail/fetchmail_loop <<EOF
#!/usr/bin/env ksh

waittime=180
logfile=$H/d/at/fetchmail/logs/fetchmail.log

stop_when_safe=/bin/false

on_usr1() {
   stop_when_safe=/bin/true
}

test_and_handle_safe_stop() {
   if \$stop_when_safe; then
      printf "Stopping now!\n\n" >> \$logfile
      $H/bin/svl down fetchmail
   fi
}

trap on_usr1 USR1
cd $H || exit 1
while /bin/true; do
   echo "" >> "\$logfile"
   echo "Starting next fetchmail run" >> "\$logfile"
   date +%Y%m%d_%H%M%S >> "\$logfile"
   echo -n "PID is " >> \$logfile
   echo \$\$ >> \$logfile
   fetchmail -f $H/mail/fm/.fetchmailrc >> "\$logfile" 2>&1
   sleep 1
   count=\$waittime
   echo "Fetchmail run finished, sleeping \$waittime seconds" >> "\$logfile"
   while (( count >= 0 )); do
      test_and_handle_safe_stop
      sleep 5
      (( count -= 5))
   done
   echo "End of sleep \$waittime seconds" >> "\$logfile"
   test_and_handle_safe_stop
done
EOF

# My calendar/reminder loop
file service_all/reminder/run <<EOF
#!/usr/bin/env ksh
cd $H/d/at/python/reminders
exec ./reminders.py loop_display
EOF
file d/at/python/reminders/reminders.py <<'EOF'
#!/usr/bin/env python3
import time
while True:
    time.sleep(1)
EOF

# Supervising Pulseaudio With Your Specific User Runit; the programs are stand-ins
file service_all/pulse_slitt/run <<EOF
#!/usr/bin/env ksh
pkill pavucontrol
pavucontrol &
exec $H/programs/pulseaudio --daemonize=no --exit-idle-time=-1
EOF
for name in pavucontrol pulseaudio; do printf '#!/bin/sh\nexec sleep 1000000\n' >programs/$name; done
printf '#!/bin/sh\nexit 1\n' >programs/pkill
chmod 755 programs/*
mkdir -m 700 runtime

# Symlink the Daemon's Directory From Inside the Service Directory
for name in newtest pager fetchmail reminder pulse_slitt; do
  ln -s $H/service_all/$name $H/service_gui/$name
done

# Tying Runit to .xinitrc
printf '%s &\nexec xterm\n' $H/d/bats/runsvdir/runsvdir_slitt.sh >.xinitrc
printf '#!/bin/sh\nexec sleep 1000000\n' >programs/xterm; chmod 755 programs/xterm
`;

// What is waited for has its own time, and says what it was: a test that is cut off ends nothing that it started.
vi.setConfig({ testTimeout: 400_000, hookTimeout: 400_000 });

describe.skipIf(!needs('runsvdir', 'runsv', 'svlogd', 'sv', 'ksh', 'python3', 'setpriv'))(
  'a tree made by hand as the document tells it',
  () => {
    let tree: Tree;
    let display: string;
    let screen: Server;
    beforeAll(async () => {
      const number = 100_000 + (process.pid % 50_000);
      display = `/tmp/.X11-unix/X${number}`;
      fs.mkdirSync('/tmp/.X11-unix', { recursive: true, mode: 0o1777 });
      screen = createServer((socket) => socket.end());
      await new Promise<void>((done) => screen.listen(display, done));
      fs.chmodSync(display, 0o777);
      tree = await startTree('C runit', { stopped: true, env: { DISPLAY: `:${number}` } });
      tree.env.XDG_RUNTIME_DIR = join(tree.home, 'runtime');
      tree.env.PATH = `${tree.home}/bin:${tree.home}/programs:${tree.env.PATH}`;
      await tree.sh(BY_HAND);
    });
    afterAll(async () => {
      screen?.close();
      fs.rmSync(display, { force: true });
      await tree?.stop();
    });

    it('gives doctor no error and no warning while it runs', async () => {
      await tree.startSupervisor({ argv: [join(tree.home, 'd/bats/runsvdir/runsvdir_slitt.sh')] });
      await until('all up', () => SERVICES.every((name) => tree.status(name)?.state === 1));
      await until('newtest is at work', () => fs.existsSync(join(tree.home, 'scratch/junky.log')));
      const { findings, failed } = await tree.look([], 2);
      const loud = findings
        .filter((each) => each.severity !== 'info')
        .map((each) => `${each.check}: ${each.summary}\n  ${each.evidence.join('\n  ')}`);
      expect({ failed, loud }).toEqual({ failed: [], loud: [] });
    });
  },
);
