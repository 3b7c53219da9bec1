/**
 * homerun add-service as a person calls it, under C runsvdir, in a home folder with blanks, quotes, a dollar and
 * letters beyond ASCII in its name.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addService as record } from '../../src/cli/commands/add-service.ts';
import type { Arguments, Context } from '../../src/cli/context.ts';
import { run as addService } from '../../src/cli/run/add-service.ts';
import { HomerunError } from '../../src/system/errors.ts';
import { createContext } from '../../src/system/node/context.ts';
import { documentOf } from '../setup/document.ts';
import { needs } from '../setup/needs.ts';
import { until } from '../setup/until.ts';

const homerun = resolve('bin/homerun');
const there = needs('runsvdir', 'sv', 'svlogd');

interface Result {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function text(path: string): string {
  try {
    return fs.readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Every path below a folder with its kind and mode, supervise directories left out. */
function tree(folder: string): string[] {
  return fs
    .readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.name !== 'supervise')
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory())
        return [`${entry.name}/`, ...tree(path).map((below) => `${entry.name}/${below}`)];
      if (entry.isSymbolicLink()) return [`${entry.name} -> ${fs.readlinkSync(path)}`];
      return [`${entry.name} ${(fs.statSync(path).mode & 0o777).toString(8)}`];
    })
    .sort();
}

/** Words and options by the command's own record, as commander reads them. */
function readArguments(args: readonly string[]): Arguments {
  const words: string[] = [];
  const options: Record<string, unknown> = {};
  const left = [...args];
  for (let arg = left.shift(); arg !== undefined; arg = left.shift()) {
    const spec = record.options.find(({ flags }) => flags.split(/[ ,]+/).includes(arg as string));
    if (spec === undefined) {
      words.push(arg);
      continue;
    }
    const long = (/--([a-z-]+)/.exec(spec.flags) as RegExpExecArray)[1] as string;
    const key = long.replace(/^no-/, '').replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const value = spec.flags.includes('<') ? left.shift() : !long.startsWith('no-');
    options[key] = spec.repeat === true ? [...((options[key] as unknown[] | undefined) ?? []), value] : value;
  }
  return { words, options };
}

/** A home with a layout, as init leaves it. */
class Home {
  readonly path: string;
  #runsvdir: ChildProcess | undefined;

  constructor(name: string) {
    this.path = join(fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'homerun-add-'))), name);
    for (const folder of ['.config/homerun', 'service_all', 'service_gui', 'run'])
      fs.mkdirSync(join(this.path, folder), { recursive: true, mode: 0o700 });
    fs.writeFileSync(
      join(this.path, '.config/homerun/config.json'),
      JSON.stringify({
        version: 1,
        serviceAll: join(this.path, 'service_all'),
        serviceDir: join(this.path, 'service_gui'),
        svl: join(this.path, 'bin/svl'),
        runner: join(this.path, '.config/homerun/runner.sh'),
        logs: join(this.path, '.local/state/homerun/log'),
        shell: '/bin/sh',
        engine: 'system',
        session: { kind: 'none', file: null },
        keepRunning: false,
      }),
    );
  }

  get env(): Record<string, string> {
    return {
      HOME: this.path,
      PATH: process.env.PATH ?? '',
      USER: 'slitt',
      XDG_RUNTIME_DIR: join(this.path, 'run'),
      NO_COLOR: '1',
    };
  }

  in(...parts: string[]): string {
    return join(this.path, ...parts);
  }

  run(...args: string[]): Promise<Result> {
    return new Promise((done) => {
      const child = spawn(process.execPath, [homerun, ...args], {
        cwd: this.path,
        env: this.env,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let out = '';
      let err = '';
      child.stdout.on('data', (bytes) => {
        out += bytes;
      });
      child.stderr.on('data', (bytes) => {
        err += bytes;
      });
      child.on('close', (code) => done({ code, out, err }));
    });
  }

  /** add-service in this process: as quick as a test can be where the command line's own reading is not the matter. */
  async add(...args: string[]): Promise<Result> {
    let out = '';
    let err = '';
    const context: Context = {
      ...createContext(),
      identity: { ...createContext().identity, home: this.path, user: 'slitt' },
      env: this.env,
      places: { home: this.path, user: 'slitt', env: this.env },
      cwd: this.path,
      installation: resolve('.'),
      interactive: false,
      terminal: false,
      columns: 80,
      out: (each) => {
        out += each;
      },
      err: (each) => {
        err += each;
      },
    };
    try {
      return { code: await addService(context, readArguments(args)), out, err };
    } catch (error) {
      if (!(error instanceof HomerunError)) throw error;
      return { code: error.exitCode, out, err: `${err}homerun: ${error.message}\n${error.hint ?? ''}\n` };
    }
  }

  sv(...args: string[]): { code: number | null; out: string } {
    const result = spawnSync('sv', args, {
      env: { ...this.env, SVDIR: this.in('service_gui') },
      encoding: 'utf8',
    });
    return { code: result.status, out: `${result.stdout}${result.stderr}` };
  }

  log(service: string): string {
    return text(this.in('.local/state/homerun/log', service, 'current'));
  }

  supervise(): void {
    this.#runsvdir = spawn('runsvdir', ['-P', this.in('service_gui')], {
      stdio: 'ignore',
      cwd: this.path,
      env: this.env,
    });
  }

  async remove(): Promise<void> {
    const runsvdir = this.#runsvdir;
    if (runsvdir !== undefined) {
      const ended = new Promise((resolveEnd) => runsvdir.once('exit', resolveEnd));
      runsvdir.kill('SIGHUP');
      await ended;
      // runsvdir does not wait for its runsv's: they are gone when nobody reads their FIFOs.
      await until('every service is gone', () =>
        fs.readdirSync('/proc').every((name) => {
          if (!/^\d+$/.test(name)) return true;
          try {
            // svlogd works in the directory of its log.
            return !fs.readlinkSync(`/proc/${name}/cwd`).startsWith(this.path);
          } catch {
            return true;
          }
        }),
      );
    }
    fs.rmSync(join(this.path, '..'), { recursive: true, force: true });
  }
}

describe('add-service without a supervisor', () => {
  let home: Home;
  beforeAll(() => {
    home = new Home("s l'i$t é");
  });
  afterAll(() => home.remove());

  it('makes the directory whole, links it, and says how to go on', async () => {
    const { code, out, err } = await home.add('first', '-t', 'newtest', '--env', 'WORD=a b', '--yes');
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^made: ~\/service_all\/first; no supervisor runs; to start it: homerun up\n/);
    expect(tree(home.in('service_all'))).toEqual([
      'first/',
      'first/env/',
      'first/env/WORD 600',
      'first/log/',
      'first/log/run 755',
      'first/mytest.sh 755',
      'first/run 755',
    ]);
    expect(text(home.in('service_all/first/env/WORD'))).toBe('a b\n');
    expect(fs.readlinkSync(home.in('service_gui/first'))).toBe(home.in('service_all/first'));
    expect(fs.statSync(home.in('.local/state/homerun/log/first')).mode & 0o777).toBe(0o700);
  });

  it('refuses a name that is taken or cannot be one, and changes nothing', async () => {
    const before = tree(home.path);
    for (const [name, why] of [
      ['first', /is there already/],
      ['', /the name is empty/],
      ['.x', /begins with a dot/],
      ['a/b', /holds a slash/],
      ['a b', /white space/],
    ] as const) {
      const { code, err } = await home.add(name, '-t', 'newtest', '--yes');
      expect([name, code]).toEqual([name, 1]);
      expect(err).toMatch(why);
    }
    expect(tree(home.path)).toEqual(before);
  });

  it.each([
    [[], /nothing says what to run/],
    [['-t', 'newtst'], /no template "newtst"[\s\S]*Did you mean newtest\?/],
    [['-t', 'newtest', '-s', 'second=2'], /no such question[\s\S]*It has seconds\./],
    [['-t', 'newtest', '-s', 'seconds=soon'], /"soon" is no number/],
    [['-t', 'picom', '-s', 'arguments=-b'], /-b will not do: -b forks away/],
    [['-t', 'loop'], /needs an answer[\s\S]*--set command=date/],
    [['-c', 'a | b'], /pipeline/],
    [['-t', 'dunst', '-c', 'x'], /exclude each other/],
    [['one', 'two'], /one name at most/],
    [['-t', 'newtest', '-e', '9X=1'], /no name of a variable/],
    [['-t', 'newtest', '--no-log', '--log-dir', '/x'], /exclude each other/],
  ] as const)('%j is wrong usage', async (args, why) => {
    const before = tree(home.path);
    const { code, err } = await home.add(...args, '--yes');
    expect(code).toBe(2);
    expect(err).toMatch(why);
    expect(tree(home.path)).toEqual(before);
  });

  it('refuses a program that is missing or not executable, unless it is not to be started', async () => {
    fs.writeFileSync(home.in('plain'), '#!/bin/sh\n', { mode: 0o644 });
    const missing = await home.add('gone', '-c', '/nonexistent/x', '--yes');
    const plain = await home.add('plain', '-c', './plain', '--yes');
    expect([missing.code, plain.code]).toEqual([1, 1]);
    expect(missing.err).toContain('/nonexistent/x is not there');
    expect(plain.err).toContain(`${home.in('plain')} is not executable: chmod a+x`);
    expect(fs.existsSync(home.in('service_all/gone'))).toBe(false);
    const down = await home.add('gone', '-c', '/nonexistent/x', '--down', '--yes');
    expect([down.code, fs.existsSync(home.in('service_all/gone/down'))]).toEqual([0, true]);
  });

  it('shows what it would make with --dry-run, and changes nothing', async () => {
    const before = tree(home.path);
    const { code, out } = await home.add('dry', '-t', 'interval', '-s', 'command=date', '--dry-run', '--yes');
    expect(code).toBe(0);
    expect(out).toContain('+exec ./loop');
    expect(out).toMatch(/Nothing was changed\.\n$/);
    const json = await home.add('dry', '-t', 'newtest', '--dry-run', '--json');
    const { changes } = documentOf('add-service', json.out) as {
      changes: { action: string; path: string }[];
    };
    expect(changes.at(-1)).toEqual({
      action: 'symlink',
      path: home.in('service_gui/dry'),
      target: home.in('service_all/dry'),
    });
    expect(tree(home.path)).toEqual(before);
  });

  it('takes --no-enable, --no-log and --log-dir at their word', async () => {
    await home.add('quiet', '-t', 'newtest', '--no-enable', '--no-log', '--yes');
    expect([
      fs.existsSync(home.in('service_all/quiet/log')),
      fs.existsSync(home.in('service_gui/quiet')),
    ]).toEqual([false, false]);
    await home.add('there', '-t', 'newtest', '--log-dir', '~/lo gs/x', '--yes');
    expect(text(home.in('service_all/there/log/run')).split('\n').at(-2)).toContain(`lo gs/x'`);
    expect(fs.existsSync(home.in('lo gs/x'))).toBe(true);
  });

  it('leaves nothing half-made when a file stands in the way', async () => {
    fs.rmSync(home.in('service_gui'), { recursive: true });
    fs.writeFileSync(home.in('service_gui'), '');
    const before = tree(home.path);
    const { code, err } = await home.add('late', '-t', 'newtest', '--yes');
    expect(code).toBe(1);
    expect(err).toContain(`${home.in('service_gui')}: a file is in the way`);
    expect(tree(home.path)).toEqual(before);
    fs.rmSync(home.in('service_gui'));
  });

  it('shows the files of a template, also without a layout', async () => {
    fs.renameSync(home.in('.config/homerun/config.json'), home.in('kept.json'));
    const shown = await home.add('--template', 'fetchmail', '--show');
    const made = await home.add('x', '-t', 'newtest', '--yes');
    fs.renameSync(home.in('kept.json'), home.in('.config/homerun/config.json'));
    expect(shown.code).toBe(0);
    expect(shown.out).toContain('==> run <==\n#!/');
    expect(shown.out).toContain('==> pass <==');
    expect([made.code, made.err]).toEqual([1, expect.stringMatching(/homerun init/)]);
  });
});

describe('templates of your own', () => {
  let home: Home;
  beforeAll(() => {
    home = new Home('home');
    const folder = home.in('.config/homerun/templates');
    const make = (name: string, json: unknown, run: string) => {
      fs.mkdirSync(join(folder, name), { recursive: true });
      fs.writeFileSync(
        join(folder, name, 'template.json'),
        typeof json === 'string' ? json : JSON.stringify(json),
      );
      fs.writeFileSync(join(folder, name, 'run.hbs'), run);
    };
    const word = { key: 'word', message: 'Word', kind: 'text', default: "it's; touch x" };
    make(
      'dunst',
      { title: 'Mine', description: 'My own dunst.', questions: [word] },
      '{{> head}}\nexec echo {{sh word}}\n',
    );
    make('broken', { title: 'B', description: 'B', slowStop: 'x' }, 'x');
    make('bare', { title: 'B', description: 'B', questions: [word] }, '{{> head}}\nexec echo {{word}}\n');
    make('unknown', { title: 'B', description: 'B' }, '{{> head}}\nexec echo {{sh wrod}}\n');
    make('json', '{\n  "title": "x",\n}', 'x');
    make('partial', { title: 'B', description: 'B' }, '{{> nosuch}}\nexec echo\n');
    make('unended', { title: 'B', description: 'B' }, '{{> head}}\nexec {{program "x"\n');
  });
  afterAll(() => home.remove());

  it('win over those of the same name', async () => {
    await home.add('mine', '-t', 'dunst', '--yes');
    expect(text(home.in('service_all/mine/run'))).toMatch(/\nexec echo 'it'\\''s; touch x'\n$/);
  });

  it('that are broken are named with file and field', async () => {
    const folder = home.in('.config/homerun/templates');
    const errors = await Promise.all(
      ['broken', 'bare', 'unknown', 'json', 'partial', 'unended'].map(async (name) => {
        const { code, err } = await home.add('x', '-t', name, '--yes');
        return [code, err.split('\n')[0]];
      }),
    );
    expect(errors).toEqual([
      [
        1,
        `homerun: the template broken is broken: ${folder}/broken/template.json: "slowStop" is "x", expected a number`,
      ],
      [1, `homerun: ${folder}/bare/run.hbs: line 2: {{word}} would go in unquoted`],
      [1, `homerun: ${folder}/unknown/run.hbs: line 2: there is no value wrod`],
      [
        1,
        expect.stringContaining(
          `homerun: the template json is broken: ${folder}/json/template.json: it is not JSON: line 3: `,
        ),
      ],
      [1, `homerun: ${folder}/partial/run.hbs: there is no partial nosuch`],
      [
        1,
        `homerun: ${folder}/unended/run.hbs: line 2: it ends in the middle of {{...}} or of a block, after "exec {{program \\"x\\""`,
      ],
    ]);
    const { code, out, err } = await home.run('templates', '--json');
    const listed = documentOf('templates', out) as {
      templates: { name: string; own: boolean }[];
      broken: { name: string }[];
    };
    expect(listed.templates.filter((each) => each.own).map((each) => each.name)).toEqual([
      'bare',
      'dunst',
      'partial',
      'unended',
      'unknown',
    ]);
    expect([code, err, listed.broken.map((each) => each.name)]).toEqual([1, '', ['broken', 'json']]);
  });
});

describe.skipIf(!there)('add-service under a supervisor', { concurrent: true }, () => {
  let home: Home;
  beforeAll(async () => {
    home = new Home("s l'i$t é");
    fs.mkdirSync(home.in('.config/homerun/env'));
    fs.writeFileSync(home.in('.config/homerun/env/SHARED'), 'one  \ntwo\n');
    fs.writeFileSync(home.in('.config/homerun/env/USER'), '');
    fs.writeFileSync(home.in('.config/homerun/env/OWN'), 'shared\n');
    fs.writeFileSync(home.in('.config/homerun/env/not.a-name'), 'x\n');
    home.supervise();
    await home.add('standing', '-t', 'newtest', '--yes');
  });
  afterAll(() => home.remove());

  it('waits until the service and its log have stayed up for 3 seconds, and says so', async ({ expect }) => {
    const { code, out, err } = await home.run('add-service', 'newtest', '-t', 'newtest', '--yes');
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(
      /^up: newtest: pid \d+, the same for \d+ s; its log \(pid \d+\) in ~\/\.local\/state\/homerun\/log\/newtest\/current\n/,
    );
    await until('its first words are in the log', () =>
      home.log('newtest').includes('Starting the newtest daemon.'),
    );
    expect(home.sv('-w', '20', 'down', 'newtest').out).toMatch(/^ok: down: newtest: /);
    await until('its last words are in the log', () =>
      home.log('newtest').includes('Stopping the newtest daemon.'),
    );
  });

  it('shows the last lines of the log when it does not stay up, exits with 1 and keeps the files', async ({
    expect,
  }) => {
    const json = await home.add('crash', '-c', "sh -c 'echo here is why; exit 3'", '--json');
    const said = documentOf('add-service', json.out) as {
      up: boolean;
      why: string;
      lastLines: string[];
      findings: unknown[];
    };
    expect([json.code, said.up]).toEqual([1, false]);
    expect(said.why).toMatch(/^it was started again and again, and ended \d+ times in \d+ s$/);
    expect(said.lastLines.at(-1)).toMatch(/ here is why$/);
    expect(fs.existsSync(home.in('service_gui/crash/run'))).toBe(true);
    home.sv('down', 'crash');
  });

  it('tells a service that only waits for its display from one that is up', async ({ expect }) => {
    const { code, err } = await home.add(
      'show',
      '-t',
      'reminders',
      '-s',
      'directory=/',
      '-s',
      'command=/bin/true',
      '--yes',
    );
    expect(code).toBe(1);
    expect(err).toContain(
      'show was made, but it is not up: it waits: neither DISPLAY nor WAYLAND_DISPLAY is set',
    );
  });

  it('reads the environment folders: the own one wins, an empty file unsets, odd names are passed over', async ({
    expect,
  }) => {
    await home.add(
      'env',
      '-c',
      "sh -c 'env | sort; exec sleep 1000'",
      '-e',
      'OWN=mine $x',
      '-e',
      'EMPTY=',
      '--yes',
    );
    // PWD comes after all of those.
    await until('all of it is in the log', () => /^.{26}PWD=/m.test(home.log('env')));
    const lines = home
      .log('env')
      .split('\n')
      .map((line) => line.slice(26));
    expect(lines.filter((line) => /^(?:SHARED|USER|OWN|EMPTY|not|homerun|two)/.test(line))).toEqual([
      'EMPTY=',
      'OWN=mine $x',
      'SHARED=one',
    ]);
  });

  it('runs nothing that a person typed but the command itself', async ({ expect }) => {
    const evil = `'; touch ${home.in('evil')}; '`.replaceAll("'", "'\\''");
    const { code } = await home.add(
      'nasty',
      '-c',
      `sh -c 'echo "$0"; exec sleep 1000' '${evil}'`,
      '-e',
      `X=$(touch evil)`,
      '--yes',
    );
    expect(code).toBe(0);
    await until('its word is in the log', () => home.log('nasty').includes(`'; touch ${home.in('evil')}; '`));
    expect([fs.existsSync(home.in('evil')), fs.existsSync(home.in('service_all/nasty/evil'))]).toEqual([
      false,
      false,
    ]);
  });

  it('corrects a command that would go to the background, with a word why', async ({ expect }) => {
    const bin = home.in('bin');
    fs.mkdirSync(bin);
    fs.writeFileSync(join(bin, 'pulseaudio'), '#!/bin/sh\necho "$@"\nexec sleep 1000\n', { mode: 0o755 });
    const { code, err } = await home.add(
      'pulse',
      '--from-command',
      `nohup '${join(bin, 'pulseaudio').replaceAll("'", "'\\''")}' -D &`,
      '--yes',
    );
    expect(err).toContain('homerun: the "&" at the end is left out');
    expect(err).toContain('homerun: "nohup" is left out');
    expect(err).toMatch(
      /homerun: pulseaudio: -D taken out, --daemonize=no put in, --exit-idle-time=-1 put in: it must stay in the foreground/,
    );
    expect(code).toBe(0);
    await until('it has said its arguments', () =>
      / --exit-idle-time=-1 --daemonize=no\n/.test(home.log('pulse')),
    );
  });

  it.skipIf(!needs('ssh-agent', 'ssh-add'))(
    'runs ssh-agent, which answers, and ends on sv down',
    async ({ expect }) => {
      const { code, out } = await home.add('--template', 'ssh-agent', '--yes');
      expect([code, out]).toEqual([0, expect.stringMatching(/^up: ssh-agent: pid \d+/)]);
      expect(home.sv('-w', '20', 'check', 'ssh-agent').out).toMatch(/^ok: run: ssh-agent: /);
      expect(home.sv('-w', '20', 'down', 'ssh-agent').out).toMatch(/^ok: down: ssh-agent: /);
      expect(fs.existsSync(home.in('run/ssh-agent.sock'))).toBe(false);
    },
  );

  it.skipIf(!needs('busybox'))(
    'runs busybox httpd, which answers, and ends on sv down',
    async ({ expect }) => {
      fs.mkdirSync(home.in('pub lic'));
      fs.writeFileSync(home.in('pub lic/index.html'), 'hello from home\n');
      // Below those that the kernel gives to whoever asks for any, and beside those of other tests.
      const port = 20_000 + (process.pid % 1000);
      const { code, err } = await home.add(
        'web',
        '-t',
        'busybox-httpd',
        '-s',
        'directory=pub lic',
        '-s',
        `port=${port}`,
        '--yes',
      );
      expect([code, err]).toEqual([0, '']);
      expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('hello from home\n');
      expect(home.sv('-w', '20', 'down', 'web').out).toMatch(/^ok: down: web: /);
    },
  );
});
