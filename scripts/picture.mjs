// Makes docs/status.svg and docs/top.svg: the real programs in a real terminal (tmux), with services that really run.
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const COLUMNS = 92;
const COLOURS = { 31: '#e06c75', 32: '#98c379', 33: '#e5c07b', 36: '#56b6c2' };
const BACK = '#1e2127';
const FRONT = '#c8ccd4';
/** Size of one character cell, in the picture's units. */
const CELL = { width: 8.4, height: 18 };

const home = mkdtempSync(join(tmpdir(), 'homerun-picture-'));
const env = {
  ...process.env,
  HOME: home,
  USER: 'you',
  LANG: 'C.UTF-8',
  PS1: '$ ',
  PATH: `${join(root, 'bin')}:${join(root, 'runit')}:${process.env.PATH}`,
};
delete env.CI;
delete env.XDG_CONFIG_HOME;
delete env.XDG_STATE_HOME;
const socket = `homerun-picture-${process.pid}`;
const tmux = (...args) =>
  execFileSync('tmux', ['-L', socket, '-f', '/dev/null', ...args], { env, encoding: 'utf8' });
const sleep = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

function service(name, run, enabled = true) {
  const folder = join(home, 'service_all', name);
  const logs = join(home, 'logs', name);
  mkdirSync(join(folder, 'log'), { recursive: true });
  mkdirSync(logs, { recursive: true });
  for (const [file, text] of [
    ['run', `exec 2>&1\n${run}`],
    ['log/run', `exec svlogd -tt "${logs}"`],
  ]) {
    writeFileSync(join(folder, file), `#!/bin/sh\n${text}\n`);
    chmodSync(join(folder, file), 0o755);
  }
  if (enabled) symlinkSync(folder, join(home, 'service_gui', name));
}

/** A screen with SGR sequences, as SVG. */
function svg(screen) {
  const lines = screen.replace(/\n+$/, '').split('\n');
  const markup = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const texts = lines.map((line, row) => {
    let style = {};
    let column = 0;
    const y = (row + 1) * CELL.height + 8;
    return line
      .split(/(\u001b\[[\d;]*m)/)
      .map((part) => {
        if (part.startsWith('\u001b')) {
          for (const code of part.slice(2, -1).split(';').map(Number)) {
            if (code === 0) style = {};
            else if (code === 1) style = { ...style, bold: true };
            else if (code === 2) style = { ...style, dim: true };
            else if (code === 7) style = { ...style, inverse: true };
            else if (code === 22) style = { ...style, bold: false, dim: false };
            else if (code === 27) style = { ...style, inverse: false };
            else if (code === 39) style = { ...style, colour: undefined };
            else if (COLOURS[code]) style = { ...style, colour: COLOURS[code] };
          }
          return '';
        }
        if (part === '') return '';
        const x = column * CELL.width + 12;
        const width = [...part].length * CELL.width;
        column += [...part].length;
        const colour = style.colour ?? FRONT;
        const box = style.inverse
          ? `<rect x="${x.toFixed(1)}" y="${y - 13.5}" width="${width.toFixed(1)}" height="${CELL.height}" fill="${colour}"/>`
          : '';
        const attributes = [
          `fill="${style.inverse ? BACK : colour}"`,
          ...(style.bold ? ['font-weight="bold"'] : []),
          ...(style.dim ? ['opacity="0.6"'] : []),
        ].join(' ');
        return `${box}<text x="${x.toFixed(1)}" y="${y}" textLength="${width.toFixed(1)}" xml:space="preserve" ${attributes}>${markup(part)}</text>`;
      })
      .join('');
  });
  const width = Math.round(COLUMNS * CELL.width + 24);
  const height = lines.length * CELL.height + 24;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<rect width="100%" height="100%" rx="6" fill="${BACK}"/>
<g font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="14">
${texts.filter((text) => text !== '').join('\n')}
</g>
</svg>
`;
}

mkdirSync(join(home, 'service_gui'), { recursive: true });
mkdirSync(join(home, '.config/homerun'), { recursive: true });
writeFileSync(
  join(home, '.config/homerun/config.json'),
  JSON.stringify({
    version: 1,
    serviceAll: join(home, 'service_all'),
    serviceDir: join(home, 'service_gui'),
    svl: join(home, 'bin/svl'),
    runner: join(home, 'runner.sh'),
    logs: join(home, 'logs'),
    shell: '/bin/sh',
    engine: 'bundled',
    session: { kind: 'none', file: null },
    keepRunning: false,
  }),
);
service('clock', 'while :; do date "+it is %H:%M:%S"; sleep 1; done');
service('fileserver', 'echo serving the folder public\nexec sleep 1000000');
service('reminders', 'echo "3 reminders for today"\nexec sleep 1000000');
service('syncthing', 'exec syncthing-not-here serve --no-browser');
service('spare', 'exec sleep 1000000', false);
const supervisor = spawn(
  'runsvdir',
  ['--shared', '-P', join(home, 'service_gui'), `log: ${'.'.repeat(100)}`],
  {
    env,
    stdio: 'ignore',
  },
);
try {
  await sleep(8);
  tmux('new-session', '-d', '-x', String(COLUMNS), '-y', '16', '-s', 'picture', 'sh');
  tmux('send-keys', '-t', 'picture', "PS1='$ '; clear", 'Enter');
  await sleep(1);
  tmux('send-keys', '-t', 'picture', 'homerun status', 'Enter');
  await sleep(4);
  mkdirSync(join(root, 'docs'), { recursive: true });
  writeFileSync(
    join(root, 'docs/status.svg'),
    svg(tmux('capture-pane', '-p', '-e', '-t', 'picture').replace(/\n\$ *\n*$/, '\n')),
  );
  tmux('send-keys', '-t', 'picture', 'clear; homerun top', 'Enter');
  await sleep(8);
  writeFileSync(join(root, 'docs/top.svg'), svg(tmux('capture-pane', '-p', '-e', '-t', 'picture')));
  tmux('send-keys', '-t', 'picture', 'q');
} finally {
  try {
    tmux('kill-server');
  } catch {
    // It was not started.
  }
  supervisor.kill('SIGHUP');
  await sleep(4);
  rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
}
