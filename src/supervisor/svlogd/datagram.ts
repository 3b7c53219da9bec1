/** The `u` and `U` lines of a config: lines that are sent as datagrams. */
import { closeSync } from 'node:fs';
import type { CutLines } from '../core/log-lines.ts';
import { errorName } from '../core/messages.ts';
import { lastErrno, libcFunction } from '../native/libc.ts';
import { untroubled } from '../native/limits.ts';
import type { LogDirectory } from './log-directory.ts';
import type { LoggerPorts } from './ports.ts';

const AF_INET = 2;
const SOCK_DGRAM_NONBLOCK = 2 | 0o4000 | 0o2000000;

/** Throws with `code`. */
function openSocket(): number {
  const socket = libcFunction('int socket(int, int, int)')(AF_INET, SOCK_DGRAM_NONBLOCK, 0);
  if (socket < 0) throw Object.assign(new Error(), { code: errorName(lastErrno()) ?? '' });
  return socket;
}

/** Sends one datagram from a socket of its own, as svlogd does for each line. */
export const sendDatagram: LoggerPorts['sendDatagram'] = (address, port, text) => {
  let socket: number;
  try {
    socket = untroubled(openSocket);
  } catch {
    return 'no-socket';
  }
  const target = Buffer.alloc(16);
  target.writeUInt16LE(AF_INET, 0);
  target.writeUInt16BE(port, 2);
  target.set(address, 4);
  const bytes = Buffer.from(text, 'latin1');
  const send = libcFunction('int64_t sendto(int, void *, size_t, int, void *, unsigned int)');
  const sent = Number(send(socket, bytes, bytes.length, 0, target, target.length));
  closeSync(socket);
  return sent === bytes.length ? 'sent' : 'failed';
};

/** Sends the datagrams of a piece; complaints about them go into the log where the line would be. */
export function sendLines(
  cut: CutLines,
  directories: readonly LogDirectory[],
  ports: Pick<LoggerPorts, 'sendDatagram'>,
): void {
  const complaints = cut.logs.map(() => [] as { at: number; text: string }[]);
  for (const datagram of cut.datagrams) {
    const directory = directories[datagram.log] as LogDirectory;
    const target = directory.config.udp;
    if (target === undefined || !directory.functional) continue;
    const result = ports.sendDatagram(target.address, target.port, datagram.text);
    if (result === 'sent') continue;
    const text =
      result === 'failed'
        ? `warning: failure sending through udp: ${datagram.text}`
        : `warning: no udp socket available: ${datagram.line}`;
    complaints[datagram.log]?.push({ at: datagram.at, text });
  }
  for (const [index, list] of complaints.entries()) {
    let text = '';
    let from = 0;
    for (const complaint of list) {
      text += (cut.logs[index] as string).slice(from, complaint.at) + complaint.text;
      from = complaint.at;
    }
    cut.logs[index] = text + (cut.logs[index] as string).slice(from);
  }
}
