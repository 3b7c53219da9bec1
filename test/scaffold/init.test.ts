import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { configFile, defaultLayout, formatLayout, type Layout } from '../../src/layout/layout.ts';
import { apply } from '../../src/plan/apply.ts';
import { type PlanWorld, removeTree } from '../../src/plan/journal.ts';
import { survey } from '../../src/plan/survey.ts';
import { surveyUndo, undo } from '../../src/plan/undo.ts';
import { findTrees } from '../../src/scaffold/adopt.ts';
import { judgeLogPlace } from '../../src/scaffold/advice.ts';
import { type InitPlan, planInit } from '../../src/scaffold/init.ts';
import { mountOf, parseMountinfo } from '../../src/scaffold/machine.ts';
import { EMPTY_MANIFEST, manifestFile, parseManifest } from '../../src/scaffold/manifest.ts';
import { renderSessionScripts } from '../../src/scaffold/session-scripts.ts';
import { planUninstall } from '../../src/scaffold/uninstall.ts';
import { commandFor, layoutFrom, type Wishes, type WishWorld } from '../../src/scaffold/wishes.ts';
import type { Files } from '../../src/system/ports.ts';
import { type DiskLiteral, memoryFiles, snapshot } from '../setup/memory-files.ts';

const places = { home: '/home/ann', user: 'ann', env: {} };
const defaults = defaultLayout(places, { shell: '/bin/sh', engine: 'system' });
const templates = {
  runner: readFileSync('templates/session/runner.sh.hbs', 'utf8'),
  svl: readFileSync('templates/session/svl.hbs', 'utf8'),
};
const programs = {
  systemFolder: '/usr/bin',
  bundledFolder: '/opt/homerun/runit',
  node: '/usr/bin/node',
  lockFolder: '/home/ann/.config/homerun',
};
const XINITRC: DiskLiteral = { '/home/ann/.xinitrc': 'xset b off\nexec twm\n' };

function world(disk: DiskLiteral): PlanWorld {
  return {
    files: memoryFiles({ '/home/ann': null, ...disk }),
    now: () => Date.UTC(2026, 10, 29),
    journal: '/home/ann/.local/state/homerun/journal',
  };
}

function planned(files: Files, changes: Partial<Layout> = {}): InitPlan {
  const layout = { ...defaults, ...changes };
  const manifest = files.existsSync(manifestFile(places))
    ? parseManifest(files.readFileSync(manifestFile(places), 'utf8'))
    : EMPTY_MANIFEST;
  return planInit(
    { layout, places, scripts: renderSessionScripts(layout, programs, templates), manifest },
    files,
  );
}

function init(its: PlanWorld, changes: Partial<Layout> = {}): InitPlan {
  const plan = planned(its.files, changes);
  expect(plan.problems).toEqual([]);
  apply(plan.plan, its);
  return plan;
}

/** As the command does it: the plan, then the journal and the folders around it. */
function uninstall(its: PlanWorld): readonly string[] {
  const manifest = parseManifest(its.files.readFileSync(manifestFile(places), 'utf8'));
  const plan = planUninstall(manifest, defaults, places, its.files);
  apply(plan.plan, its);
  removeTree(its.files, its.journal);
  for (const folder of plan.afterwards) {
    if (its.files.readdirSync(folder).length === 0) its.files.rmdirSync(folder);
  }
  return plan.kept.map(({ path, why }) => `${path}: ${why}`);
}

const home = (its: PlanWorld): Record<string, string> => snapshot(its.files, '/home/ann');

describe('init', () => {
  it('makes what the contract names, and a hook before exec', () => {
    const its = world(XINITRC);
    init(its);
    const disk = home(its);
    expect(Object.keys(disk).filter((path) => !path.includes('/journal'))).toEqual([
      '/home/ann',
      '/home/ann/.config',
      '/home/ann/.config/homerun',
      '/home/ann/.config/homerun/config.json',
      '/home/ann/.config/homerun/env',
      '/home/ann/.config/homerun/runsvdir_ann.sh',
      '/home/ann/.local',
      '/home/ann/.local/state',
      '/home/ann/.local/state/homerun',
      '/home/ann/.local/state/homerun/log',
      '/home/ann/.local/state/homerun/made.json',
      '/home/ann/.xinitrc',
      '/home/ann/.xinitrc.before-homerun',
      '/home/ann/bin',
      '/home/ann/bin/svl',
      '/home/ann/service_all',
      '/home/ann/service_gui',
    ]);
    expect(disk['/home/ann/.xinitrc']).toMatch(
      /^0644 xset b off\n# >>> homerun >>>\n.*# <<< homerun <<<\nexec twm\n$/s,
    );
    expect(disk['/home/ann/.xinitrc.before-homerun']).toBe('0644 xset b off\nexec twm\n');
    expect(disk['/home/ann/bin/svl']).toMatch(/^0755 #!\/bin\/sh\n/);
    expect(disk['/home/ann/.config/homerun/runsvdir_ann.sh']).toMatch(/^0755 #!\/bin\/sh\n/);
    expect(its.files.readFileSync(configFile(places), 'utf8')).toBe(formatLayout(defaults));
  });

  it('gives the runner a LOG argument of 400 dots in one quoted word', () => {
    expect(renderSessionScripts(defaults, programs, templates).runner).toMatch(/^log='log: \.{400}'$/m);
  });

  it('run again changes nothing', () => {
    const its = world(XINITRC);
    init(its);
    expect(survey(planned(its.files).plan, its.files)).toMatchObject({ changes: [], problems: [] });
  });

  it('run with another answer changes only what hangs on it', () => {
    const its = world(XINITRC);
    init(its);
    const changes = survey(planned(its.files, { logs: '/home/ann/rlogs' }).plan, its.files).changes;
    expect(
      changes.map((change) => ('path' in change ? `${change.kind} ${change.path}` : change.kind)),
    ).toEqual([
      'make-directory /home/ann/rlogs',
      'write /home/ann/.config/homerun/config.json',
      'write /home/ann/.local/state/homerun/made.json',
      'remove /home/ann/.local/state/homerun/log',
    ]);
  });

  it('takes the hook along to another session file, and the runner to another path', () => {
    const its = world({ ...XINITRC, '/home/ann/.xprofile': 'export A=1\n' });
    const before = home(its);
    init(its);
    init(its, { runner: '/home/ann/run me.sh', session: { kind: 'xprofile', file: '/home/ann/.xprofile' } });
    const disk = home(its);
    expect(disk['/home/ann/.xinitrc']).toBe(before['/home/ann/.xinitrc']);
    expect(disk['/home/ann/.xinitrc.before-homerun']).toBeUndefined();
    expect(disk['/home/ann/.config/homerun/runsvdir_ann.sh']).toBeUndefined();
    expect(disk['/home/ann/.xprofile']).toContain("'/home/ann/run me.sh' --session $$ &");
    expect(uninstall(its)).toEqual([]);
    expect(home(its)).toEqual(before);
  });

  it('is taken back by undo', () => {
    const its = world(XINITRC);
    const before = home(its);
    init(its);
    expect(undo(its, surveyUndo(its)!, false)).toEqual([]);
    expect(home(its)).toEqual(before);
  });

  it('replaces an svl and a runner made by hand, and keeps a copy that uninstall brings back', () => {
    const its = world({
      ...XINITRC,
      '/home/ann/bin/svl': '#!/usr/bin/env ksh\nsvpath=/home/ann/service_gui\nsv $1  $svpath/$2\n',
      '/home/ann/.config/homerun/runsvdir_ann.sh':
        '#!/bin/ksh\nexec runsvdir -P /home/ann/service_gui Log: ...\n',
    });
    const before = home(its);
    const plan = init(its);
    expect(plan.notes).toEqual([
      '/home/ann/bin/svl was there: the old one is kept as /home/ann/bin/svl.before-homerun.',
      '/home/ann/.config/homerun/runsvdir_ann.sh was there: the old one is kept as /home/ann/.config/homerun/runsvdir_ann.sh.before-homerun.',
    ]);
    expect(uninstall(its)).toEqual([]);
    expect(home(its)).toEqual(before);
  });

  it('refuses a name that something else has', () => {
    const its = world({ '/home/ann/bin/svl': '#!/bin/sh\necho a game of mine\n' });
    expect(planned(its.files).problems).toEqual([
      {
        path: '/home/ann/bin/svl',
        why: 'there is a file of this name that has nothing to do with runit',
        hint: 'Choose another name with --svl-name, or another directory with --bin-dir.',
      },
    ]);
  });

  it('names a line that starts a supervisor already', () => {
    const its = world({ '/home/ann/.xinitrc': '/d/bats/runsvdir/runsvdir_ann.sh &\nexec twm\n' });
    expect(planned(its.files).notes).toEqual([
      '/home/ann/.xinitrc, line 1, starts a supervisor already: take that line out.',
    ]);
  });

  it('does not make a configuration that would hide the own one of i3', () => {
    const its = world({});
    const session = { kind: 'i3', file: '/home/ann/.config/i3/config' } as const;
    expect(planned(its.files, { session }).problems.map(({ why }) => why)).toEqual([
      "it does not exist, and homerun does not make it: i3 would then ignore the system's: copy /etc/i3/config first",
    ]);
  });
});

describe('uninstall', () => {
  for (const [title, disk] of [
    ['an empty home', {}],
    ['a home with a session file', XINITRC],
    ['a session file without a last newline', { '/home/ann/.xinitrc': 'exec twm' }],
    ['a linked session file', { '/home/ann/dot/x': 'exec twm\n', '/home/ann/.xinitrc': { link: 'dot/x' } }],
    [
      'folders that were there',
      { '/home/ann/bin': null, '/home/ann/.local/state': null, '/home/ann/service_all': null },
    ],
  ] as const) {
    it(`leaves ${title} byte for byte as it was`, () => {
      const its = world(disk);
      const before = home(its);
      init(its);
      expect(uninstall(its)).toEqual([]);
      expect(home(its)).toEqual(before);
    });
  }

  it('keeps and names what the user changed or added', () => {
    const its = world({});
    init(its);
    its.files.writeFileSync('/home/ann/bin/svl', '#!/bin/sh\n# mine\n');
    its.files.mkdirSync('/home/ann/service_all/mine');
    const xinitrc = its.files.readFileSync('/home/ann/.xinitrc', 'utf8');
    its.files.writeFileSync('/home/ann/.xinitrc', `${xinitrc}# mine\n`);
    its.files.mkdirSync('/home/ann/.local/state/homerun/log/mine');
    expect(uninstall(its)).toEqual([
      '/home/ann/.xinitrc: you changed it; only the hook is taken out',
      '/home/ann/bin/svl: you changed it',
      '/home/ann/.local/state/homerun/log: it holds mine',
      '/home/ann/service_all: it holds mine',
    ]);
    const disk = home(its);
    expect(disk['/home/ann/.xinitrc']).not.toContain('homerun >>>');
    expect(disk['/home/ann/.xinitrc']).toContain('# mine');
    expect(Object.keys(disk)).toEqual([
      '/home/ann',
      '/home/ann/.local',
      '/home/ann/.local/state',
      '/home/ann/.local/state/homerun',
      '/home/ann/.local/state/homerun/log',
      '/home/ann/.local/state/homerun/log/mine',
      '/home/ann/.xinitrc',
      '/home/ann/bin',
      '/home/ann/bin/svl',
      '/home/ann/service_all',
      '/home/ann/service_all/mine',
    ]);
  });
});

describe('wishes', () => {
  const its: WishWorld = {
    places,
    cwd: '/somewhere',
    engine: 'bundled',
    systemThere: false,
    findShell: (name) => (name === 'ksh' ? { path: '/bin/ksh' } : { why: 'there is no such shell on PATH' }),
  };
  const refused = (wishes: Wishes): string => {
    try {
      layoutFrom(wishes, defaults, its);
      return 'taken';
    } catch (error) {
      return (error as Error).message;
    }
  };

  it('become a layout with absolute paths', () => {
    const layout = layoutFrom(
      {
        serviceAll: '~/a b',
        serviceDir: 'rel/',
        logs: 'home',
        shell: 'ksh',
        engine: 'auto',
        svlName: 's',
        binDir: '/x',
      },
      defaults,
      its,
    );
    expect(layout).toEqual({
      ...defaults,
      serviceAll: '/home/ann/a b',
      serviceDir: '/somewhere/rel',
      logs: '/home/ann/rlogs',
      shell: '/bin/ksh',
      engine: 'bundled',
      svl: '/x/s',
    });
  });

  it('that cannot be are refused with the reason', () => {
    expect(
      [
        { serviceAll: '' },
        { serviceAll: '~/x', serviceDir: '~/x' },
        { serviceAll: '~/service_gui/all' },
        { serviceDir: '~/service_all/gui' },
        { svlName: 'a/b' },
        { svlName: '-x' },
        { svlName: 'sv' },
        { logs: '~/service_gui/log' },
        { shell: 'fish' },
        { engine: 'system' },
        { session: 'none', sessionFile: '/x' },
        { serviceAll: '/a\nb' },
      ].map(refused),
    ).toEqual([
      "--service-all '': it is empty",
      '--service-all and --service-dir: both directories are the same: runsvdir would start everything in it',
      '--service-all and --service-dir: /home/ann/service_gui/all is inside /home/ann/service_gui: runsvdir would take it for a service',
      '--service-all and --service-dir: /home/ann/service_all/gui is inside /home/ann/service_all: it would look like a service there',
      '--svl-name a/b: it holds a slash, a blank or a control character',
      '--svl-name -x: it begins with -',
      "--svl-name sv: it would hide the system's own sv",
      '--logs /home/ann/service_gui/log: it is inside /home/ann/service_gui: runsvdir would take it for a service',
      '--shell fish: there is no such shell on PATH',
      '--engine system: runsvdir, runsv, sv and svlogd are not all on PATH',
      '--session none has no --session-file',
      "--service-all '/a\nb': it holds a control character",
    ]);
  });

  it('tell the kind of a session file by its name', () => {
    const kind = (sessionFile: string): string => layoutFrom({ sessionFile }, defaults, its).session.kind;
    expect(
      ['/x/.xsession', '/x/sway/config', '/x/river/init', '/x/startup', '~/.xprofile'].map(kind),
    ).toEqual(['xsession', 'sway', 'river', 'xinitrc', 'xprofile']);
  });

  it('come back as one line', () => {
    expect(commandFor({ ...defaults, serviceAll: "/home/ann/it's", keepRunning: true }, places)).toBe(
      "homerun init --yes --service-all '/home/ann/it'\\''s' --service-dir ~/service_gui --bin-dir ~/bin --svl-name svl --runner ~/.config/homerun/runsvdir_ann.sh --logs state --shell /bin/sh --engine system --session xinitrc --keep-running",
    );
  });
});

describe('an existing tree', () => {
  const run = { run: '#!/bin/sh\n', mode: 0o755 };
  const trees = (disk: DiskLiteral, running: string[] = [], scripts: Record<string, string> = {}) =>
    findTrees(memoryFiles({ '/home/ann': null, ...disk }), places, running, scripts);

  it('made after the document is found by its svl', () => {
    const disk = {
      '/home/ann/service_all/newtest/run': run,
      '/home/ann/service_gui/newtest': { link: '../service_all/newtest' },
    };
    expect(
      trees(disk, [], { '/home/ann/bin/svl': 'svpath=/home/ann/service_gui\nsv $1 $svpath/$2\n' }),
    ).toEqual([
      {
        serviceDir: '/home/ann/service_gui',
        serviceAll: '/home/ann/service_all',
        services: ['newtest'],
        because: '/home/ann/bin/svl names it',
      },
    ]);
  });

  it("of another home, whose svl PATH still finds, is none of this one's", () => {
    const disk = { '/home/eve/service_gui/newtest/run': run };
    const svl = 'svpath=/home/eve/service_gui\nsv $1 $svpath/$2\n';
    expect(trees(disk, [], { '/home/eve/bin/svl': svl })).toEqual([]);
    // A tree elsewhere is ours when a script in this home names it.
    expect(trees(disk, [], { '/home/ann/bin/svl': svl })).toMatchObject([
      { serviceDir: '/home/eve/service_gui', because: '/home/ann/bin/svl names it' },
    ]);
  });

  for (const place of ['service', '.config/service', '.runit/runsvdir', 'runit/service', 'sv']) {
    it(`in ~/${place} is found`, () => {
      expect(trees({ [`/home/ann/${place}/mpd/run`]: run })).toEqual([
        {
          serviceDir: `/home/ann/${place}`,
          serviceAll: undefined,
          services: ['mpd'],
          because: 'it holds services',
        },
      ]);
    });
  }

  it('on which a runsvdir runs comes first, also an empty one', () => {
    const found = trees({ '/home/ann/odd': null, '/home/ann/service/a/run': run }, ['/home/ann/odd']);
    expect(found.map((tree) => `${tree.serviceDir}: ${tree.because}`)).toEqual([
      '/home/ann/odd: a runsvdir runs on it',
      '/home/ann/service: it holds services',
    ]);
  });

  it('is not found twice: the store that its links lead to is no tree', () => {
    const disk = { '/home/ann/sv/a/run': run, '/home/ann/service/a': { link: '/home/ann/sv/a' } };
    expect(trees(disk).map((tree) => tree.serviceDir)).toEqual(['/home/ann/service']);
  });

  it('is not seen in a folder of other things', () => {
    expect(trees({ '/home/ann/service/notes.txt': 'x', '/home/ann/sv/cv.tex': 'x' })).toEqual([]);
  });
});

describe('a place for logs', () => {
  const mounts = parseMountinfo(
    [
      '22 1 8:1 / / rw - ext4 /dev/sda1 rw',
      '23 22 0:20 / /run rw - tmpfs tmpfs rw',
      '24 22 0:21 / /tmp rw - tmpfs tmpfs rw',
      '25 22 0:22 / /home/net\\040drive rw - nfs4 server:/x rw',
    ].join('\n'),
  );
  const machine = { shells: [], programs, mounts };
  const judge = (folder: string, room = 50e9, rotational: boolean | undefined = true) =>
    judgeLogPlace(folder, machine, { room, rotational });

  it('reads blanks in mount points', () => {
    expect(mountOf(mounts, '/home/net drive/x')?.type).toBe('nfs4');
  });

  it('is judged by its file system and its room', () => {
    expect([
      judge('/home/ann/rlogs'),
      judge('/home/ann/rlogs', 50e9, false),
      judge('/home/ann/rlogs', 50e6),
      judge('/home/net drive/logs'),
      judge('/tmp/logs'),
      judge('/run/user/1/logs'),
    ]).toEqual([
      { verdict: 'fine', text: 'ext4, 50.0 GB free' },
      { verdict: 'fine', text: 'ext4, on an SSD, 50.0 GB free' },
      {
        verdict: 'warn',
        text: 'ext4, 50.0 MB free: little room; the log of one service takes up to 11.0 MB',
      },
      { verdict: 'warn', text: 'nfs4: a network file system; when the network goes, so do the logs' },
      { verdict: 'refuse', text: '/tmp/logs: tmpfs: it is in memory, and gone when the machine goes down' },
      { verdict: 'refuse', text: '/run/user/1/logs: /run is emptied at every start of the machine' },
    ]);
  });
});
