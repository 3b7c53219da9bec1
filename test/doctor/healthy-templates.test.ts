/**
 * Every template, with its defaults, in a running tree (stand-ins for the programs): doctor has nothing to say. With
 * HOMERUN_ALL_ENGINES=1 on the shared mode, too.
 */
import fs from 'node:fs';
import { createServer, type Server } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { type Answer, checkAnswer, defaultText } from '../../src/scaffold/answers.ts';
import { readCatalog, readTemplateTexts, type Template } from '../../src/scaffold/catalog.ts';
import { renderTemplate } from '../../src/scaffold/render.ts';
import type { Question } from '../../src/scaffold/template.ts';
import { createContext } from '../../src/system/node/context.ts';
import { needs } from '../setup/needs.ts';
import { until } from '../setup/until.ts';
import { type Engine, startTree, type Tree } from './fixtures/tree.ts';

// What is waited for has its own time, and says what it was: a test that is cut off ends nothing that it started.
vi.setConfig({ testTimeout: 400_000, hookTimeout: 400_000 });

/** What is typed where a template has no default: things that are there. */
function typedFor(question: Question, home: string): string {
  const given = defaultText(question);
  if (given !== undefined) return given;
  if (question.kind === 'command') return 'sleep 1000000';
  if (question.kind === 'path') return `${home}/things`;
  return question.example ?? question.key;
}

/** Writes the service of a template as add-service does it, with stand-ins for its programs. */
function write(template: Template, tree: Tree): void {
  const places = { home: tree.home, user: tree.env.USER as string, env: tree.env };
  const context = createContext();
  const answers: Record<string, Answer> = {};
  for (const question of template.description.questions) {
    const checked = checkAnswer(question, typedFor(question, tree.home), {
      home: tree.home,
      isFile: () => true,
      isDirectory: () => true,
    });
    if (!checked.ok) throw new Error(`${template.name}, ${question.key}: ${checked.why}`);
    answers[question.key] = checked.value;
  }
  const program = (name: string): string => {
    if (name.startsWith('/')) return name;
    const path = join(tree.home, 'programs', name);
    if (!fs.existsSync(path)) {
      const helps = name.startsWith('fusermount');
      fs.writeFileSync(path, helps ? '#!/bin/sh\n' : '#!/bin/sh\nexec sleep 1000000\n');
      fs.chmodSync(path, 0o755);
    }
    return path;
  };
  const files = renderTemplate(
    readTemplateTexts(context.files, template),
    readCatalog(context.files, resolve('.'), places).partials,
    answers,
    {
      service: template.name,
      home: tree.home,
      shell: '/bin/sh',
      envFolder: join(tree.home, '.config/homerun/env'),
      patience: null,
      logFolder: join(tree.home, 'rlogs', template.name),
      findProgram: program,
    },
    template.folder,
  );
  const folder = join(tree.serviceAll, template.name);
  for (const { path, contents, executable } of files) {
    fs.mkdirSync(dirname(join(folder, path)), { recursive: true });
    fs.writeFileSync(join(folder, path), contents, { mode: executable ? 0o755 : 0o644 });
  }
  fs.mkdirSync(join(tree.home, 'rlogs', template.name), { recursive: true });
  fs.symlinkSync(folder, join(tree.serviceDir, template.name));
}

describe
  .skipIf(!needs('runsvdir', 'runsv', 'svlogd', 'chpst', 'setpriv'))
  .concurrent('the services of all templates', () => {
    it.each<[Engine]>(process.env.HOMERUN_ALL_ENGINES === '1' ? [['C runit'], ['shared']] : [['C runit']])(
      'give doctor nothing to say on %s',
      async (engine) => {
        const number = 10_000 + (process.pid % 50_000);
        const display = `/tmp/.X11-unix/X${number}${engine === 'shared' ? 1 : 0}`;
        const tree = await startTree(engine, {
          stopped: true,
          env: { DISPLAY: `:${display.split('X').pop()}`, WAYLAND_DISPLAY: 'wayland-1' },
        });
        tree.env.XDG_RUNTIME_DIR = join(tree.home, 'runtime');
        tree.env.DBUS_SESSION_BUS_ADDRESS = `unix:path=${tree.home}/runtime/bus`;
        tree.env.PATH = `${tree.home}/programs:${tree.env.PATH}`;
        const listeners: Server[] = [];
        try {
          await tree.sh(`mkdir -m 700 runtime; mkdir -p programs things
          for name in loops.py reminders.py; do
            printf '#!/bin/sh\\nexec sleep 1000000\\n' >things/$name; chmod 755 things/$name
          done
          # It tells those that wait for pipewire that it is up, which the stand-in can not tell the real one.
          printf '#!/bin/sh\\n' >programs/pw-cli; chmod 755 programs/pw-cli`);
          const places = { home: tree.home, user: tree.env.USER as string, env: tree.env };
          const { templates } = readCatalog(createContext().files, resolve('.'), places);
          expect(templates.length).toBeGreaterThan(100);
          for (const template of templates) write(template, tree);
          fs.mkdirSync('/tmp/.X11-unix', { recursive: true, mode: 0o1777 });
          for (const path of [
            display,
            join(tree.home, 'runtime/wayland-1'),
            join(tree.home, 'runtime/bus'),
          ]) {
            const server = createServer((socket) => socket.end());
            listeners.push(server);
            await new Promise<void>((done) => server.listen(path, done));
            fs.chmodSync(path, 0o777);
          }
          if (process.getuid?.() === 0) await tree.sh(`chown -R ${tree.uid}:${tree.uid} "$HOME"`, 'root');
          await tree.startSupervisor();
          const names = templates.map((template) => template.name);
          await until('all up', () => names.every((name) => tree.status(name)?.state === 1));
          let loud: string[] = [];
          // One that has only just come to its program may still look like one that waits, on a busy machine.
          await until('doctor is silent', async () => {
            const { findings, failed } = await tree.look([], 2);
            expect(failed).toEqual([]);
            loud = findings
              .filter((each) => each.severity !== 'info')
              .map(
                (each) =>
                  `${each.check} of ${each.services ?? each.service}: ${each.summary}\n  ${each.evidence.join('\n  ')}`,
              );
            return loud.length === 0;
          }).catch(() => undefined);
          expect(loud).toEqual([]);
        } finally {
          for (const server of listeners) server.close();
          fs.rmSync(display, { force: true });
          await tree.stop();
        }
      },
    );
  });
