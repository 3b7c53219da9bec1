/** Facts that hold for every template. */
import { spawnSync } from 'node:child_process';
import fs, { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTemplateTexts } from '../../src/scaffold/catalog.ts';
import { forbiddenFlags } from '../../src/scaffold/foreground.ts';
import { type RenderedFile, renderTemplate } from '../../src/scaffold/render.ts';
import { parseTemplate } from '../../src/scaffold/template.ts';
import { readWords } from '../../src/scaffold/typed-command.ts';
import { needs } from '../setup/needs.ts';
import { catalogFor, factsFor, files, renderSample, writeRendered } from './rendered.ts';

const HOME = "/home/s l'i$t";
const catalog = catalogFor(HOME);
const names = catalog.templates.map((template) => template.name);
const rendered = new Map<string, readonly RenderedFile[]>();
/** What differs when a question is answered the other way. */
const others: readonly (readonly [string, Record<string, string>])[] = [
  ['pulseaudio', { mixer: 'yes' }],
  ['udiskie', { tray: 'yes' }],
  ['unclutter', { kind: 'classic' }],
  ['easyeffects', { version: '8' }],
  ['swaybg', { picture: '/p.png' }],
  ['command', { command: 'sleep 9', directory: '/tmp' }],
  ['pager', { directory: '/', folders: '/tmp/x "a b"', stale: 'pid' }],
];
let folder = '';
/** Every script once: those that differ only in the service's name count as one. */
const scripts: string[] = [];

beforeAll(() => {
  const forms = new Set<string>();
  folder = fs.mkdtempSync(join(tmpdir(), 'homerun-templates-'));
  for (const name of names) rendered.set(name, renderSample(catalog, name, HOME, '/bin/sh'));
  others.forEach(([name, given], index) => {
    rendered.set(`${name}-${index}`, renderSample(catalog, name, HOME, '/bin/sh', given));
  });
  for (const [name, list] of rendered) {
    writeRendered(list, join(folder, name));
    const plain = name.replace(/-\d+$/, '');
    for (const file of list) {
      const form = file.contents.replaceAll(rendered.has(plain) ? plain : name, 'NAME');
      if (file.executable && !forms.has(form)) scripts.push(join(folder, name, file.path));
      forms.add(form);
    }
  }
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

/** The words of the last line's `exec`. */
function execWords(run: string): string[] {
  const last = run.trimEnd().split('\n').at(-1) as string;
  return last.replace(/^exec /, '').split(' ');
}

describe('every template', () => {
  it('there are at least 75, none is broken, and the ones of the document are there', () => {
    expect(catalog.broken).toEqual([]);
    expect(names.length).toBeGreaterThanOrEqual(75);
    const wanted = [
      ...[
        'newtest',
        'command',
        'loop',
        'interval',
        'pulseaudio',
        'pipewire',
        'wireplumber',
        'pipewire-pulse',
      ],
      ...['fetchmail', 'mbsync', 'pager', 'reminders', 'syncthing', 'mpd', 'emacs', 'ssh-agent', 'dunst'],
      ...['picom', 'redshift', 'gammastep', 'sxhkd', 'xbindkeys', 'unclutter', 'xss-lock', 'udiskie'],
      ...['nm-applet', 'transmission', 'aria2', 'autossh', 'goimapnotify', 'remind', 'conky', 'polybar'],
      ...['clipmenud', 'kdeconnect', 'kanshi', 'swayidle', 'x11vnc'],
    ];
    expect(wanted.filter((name) => !names.includes(name))).toEqual([]);
    expect(names).not.toContain('gpg-agent');
  });

  it('fits the JSON schema, which is itself in order', () => {
    const ajv = new Ajv({ allErrors: true, strict: false });
    const validate = ajv.compile(JSON.parse(readFileSync('schema/template.schema.json', 'utf8')));
    const wrong = names.flatMap((name) => {
      const text = readFileSync(`templates/services/${name}/template.json`, 'utf8');
      return validate(JSON.parse(text)) ? [] : [`${name}: ${ajv.errorsText(validate.errors)}`];
    });
    expect(wrong).toEqual([]);
  });

  it('names its sources', () => {
    expect(catalog.templates.filter((each) => each.description.sources.length === 0)).toEqual([]);
  });

  it('has a run that begins with exec 2>&1 and ends in exec, and no value of a person unquoted', () => {
    const wrong = [...rendered].flatMap(([name, list]) => {
      const run = list.find((file) => file.path === 'run');
      const lines = run?.contents.trimEnd().split('\n') ?? [];
      const commands = lines.filter((line) => line !== '' && !line.startsWith('#'));
      const good = lines[0] === '#!/bin/sh' && commands[0] === 'exec 2>&1' && run?.executable === true;
      return good && commands.at(-1)?.startsWith('exec ') ? [] : [name];
    });
    // The two-way ones end in fi or else; their exec is looked at below.
    expect(wrong).toEqual([]);
  });

  it('has a log/run of the one form that a shared supervisor can host', () => {
    const wrong = [...rendered].flatMap(([name, list]) => {
      const plain = name.replace(/-\d+$/, '');
      const dir = `'/home/s l'\\''i$t/.local/state/homerun/log/${rendered.has(plain) ? plain : name}'`;
      const expected = `#!/bin/sh\nexec 2>&1\n[ -d ${dir} ] || mkdir -p ${dir} || exit 1\nexec svlogd -tt ${dir}\n`;
      return list.find((file) => file.path === 'log/run')?.contents === expected ? [] : [name];
    });
    expect(wrong).toEqual([]);
  });

  it('contains none of the flags that would background its program', () => {
    const wrong = [...rendered].flatMap(([name, list]) => {
      const run = list.find((file) => file.path === 'run')?.contents ?? '';
      const words = execWords(run);
      const read = readWords(
        words
          .slice(1)
          .join(' ')
          .replaceAll(/[<>].*$/g, ''),
      );
      if (!read.ok) return [`${name}: ${read.why}`];
      return forbiddenFlags(words[0] as string, read.words, catalog.rules).map(
        ({ flag }) => `${name}: ${flag}`,
      );
    });
    expect(wrong).toEqual([]);
  });

  it('has each program in one place of the rules only', () => {
    const seen = new Map<string, number>();
    for (const rule of catalog.rules) {
      const key = `${rule.program} ${rule.subcommand ?? ''}`;
      seen.set(key, (seen.get(key) ?? 0) + 1);
    }
    expect([...seen].filter(([, count]) => count > 1)).toEqual([]);
  });

  it('asks in sentences that a person understands: capital letter, question mark, more than one word', () => {
    const wrong = catalog.templates.flatMap((template) =>
      template.description.questions
        .filter(({ message }) => !/^[A-Z][^?]* [^?]*\?$/.test(message) || message.length > 76)
        .map(({ key, message }) => `${template.name}: ${key}: ${message}`),
    );
    expect(wrong).toEqual([]);
  });

  it('names only templates that there are among its conflicts', () => {
    const unknown = catalog.templates.flatMap((template) =>
      (template.description.conflicts.services ?? []).filter((name) => !names.includes(name)),
    );
    expect(unknown).toEqual([]);
  });

  it('puts answers in through helpers only, plain ones only where they are numbers', () => {
    const wrong = catalog.templates.flatMap((template) =>
      Object.entries(readTemplateTexts(files, template)).flatMap(([path, text]) =>
        [...text.matchAll(/\{\{plain (\w+)\}\}/g)]
          .filter(
            ([, key]) =>
              key !== 'shell' &&
              template.description.questions.find((question) => question.key === key)?.kind !== 'number',
          )
          .map(([whole]) => `${template.name}/${path}: ${whole}`),
      ),
    );
    expect(wrong).toEqual([]);
  });
});

const shells: readonly (readonly [string, readonly string[]])[] = [
  ['dash', []],
  ['bash', []],
  ['ksh', []],
  ['mksh', []],
  ['busybox', ['sh']],
];

describe('every script of every template', () => {
  it.skipIf(!needs(...shells.map(([shell]) => shell)))(
    'parses in dash, bash, ksh, mksh and busybox sh',
    () => {
      const wrong = shells.flatMap(([shell, first]) => {
        const each = spawnSync(
          'sh',
          [
            '-c',
            's=$1; shift; for f; do $s -n "$f" 2>/dev/null || echo "$f"; done',
            'sh',
            [shell, ...first].join(' '),
            ...scripts,
          ],
          { encoding: 'utf8' },
        );
        return each.stdout === '' ? [] : [`${shell}: ${each.stdout}`];
      });
      expect(wrong).toEqual([]);
    },
  );

  it.skipIf(!needs('shellcheck'))('has nothing for shellcheck to find', () => {
    // A home without $, which shellcheck would take for a variable that was meant; and each form only once.
    const seen = new Set<string>();
    const list: string[] = [];
    const sample = (name: string, given: Record<string, string>, at: string): void => {
      const own = renderSample(catalog, name, '/home/s litt', '/bin/sh', given).filter((file) => {
        const form = file.contents.replaceAll(name, 'NAME');
        const fresh = file.executable && !seen.has(form);
        seen.add(form);
        return fresh;
      });
      writeRendered(own, join(folder, 'checked', at));
      list.push(...own.map((file) => join(folder, 'checked', at, file.path)));
    };
    for (const name of names) sample(name, {}, name);
    others.forEach(([name, given], index) => {
      sample(name, given, `${name}-${index}`);
    });
    const each = spawnSync('shellcheck', ['-f', 'gcc', ...list], { encoding: 'utf8' });
    expect(each.stdout).toBe('');
    expect(each.status).toBe(0);
  });
});

describe('{{program}}', () => {
  const run = (there: readonly string[]): string | undefined =>
    renderTemplate(
      { 'run.hbs': 'exec {{program "a" "/lib exec/a" "/usr/lib/a"}}' },
      {},
      {},
      {
        ...factsFor('a', HOME, '/bin/sh', null),
        logFolder: null,
        findProgram: (name) => there.find((path) => path.endsWith(name)),
      },
      'a',
    )[0]?.contents;

  it('is the first of its names and paths that is there, else the first name', () => {
    expect([
      run(['/usr/bin/a', '/usr/lib/a']),
      run(['/lib exec/a', '/usr/lib/a']),
      run(['/usr/lib/a']),
      run([]),
    ]).toEqual(['exec /usr/bin/a', "exec '/lib exec/a'", 'exec /usr/lib/a', 'exec a']);
  });
});

describe('a broken template', () => {
  const base = { title: 'T', description: 'D' };
  const cases: readonly (readonly [string, unknown, string, RegExp])[] = [
    ['no title', { description: 'D' }, 'title', /missing, expected text/],
    ['a misspelt field', { ...base, qestions: [] }, 'qestions', /not known here/],
    [
      'a kind that is none',
      { ...base, questions: [{ key: 'a', message: 'm', kind: 'x' }] },
      'questions[0].kind',
      /expected text, number/,
    ],
    [
      'a default of the wrong kind',
      { ...base, questions: [{ key: 'a', message: 'm', kind: 'number', default: '5' }] },
      'questions[0].default',
      /expected a number/,
    ],
    [
      'a reserved key',
      { ...base, questions: [{ key: 'home', message: 'm', kind: 'text' }] },
      'questions[0].key',
      /sets itself/,
    ],
    [
      'one choice',
      {
        ...base,
        questions: [{ key: 'a', message: 'm', kind: 'choice', choices: [{ value: 'x', label: 'x' }] }],
      },
      'questions[0].choices',
      /at least 2/,
    ],
    [
      'a key twice',
      {
        ...base,
        questions: [
          { key: 'a', message: 'm', kind: 'text' },
          { key: 'a', message: 'm', kind: 'text' },
        ],
      },
      'questions[1].key',
      /second time/,
    ],
    [
      'a bad pattern',
      { ...base, questions: [{ key: 'a', message: 'm', kind: 'text', pattern: '(' }] },
      'questions[0].pattern',
      /no regular expression/,
    ],
    ['needs as text', { ...base, needs: { programs: 'x' } }, 'needs.programs', /expected a list/],
    ['text for slowStop', { ...base, slowStop: '20' }, 'slowStop', /expected a number/],
  ];
  it.each(cases)('with %s is told by its field', (_, value, field, why) => {
    const parsed = parseTemplate(JSON.stringify(value));
    expect(parsed).toEqual({ ok: false, field, why: expect.stringMatching(why) });
  });
  it('is refused by the schema just so', () => {
    const validate = new Ajv({ strict: false }).compile(
      JSON.parse(readFileSync('schema/template.schema.json', 'utf8')),
    );
    // What a schema of this kind cannot say: keys twice, patterns that do not compile.
    const beyond = ['a key twice', 'a bad pattern'];
    expect(
      cases.filter(([what, value]) => !beyond.includes(what) && validate(value)).map(([what]) => what),
    ).toEqual([]);
  });
});
