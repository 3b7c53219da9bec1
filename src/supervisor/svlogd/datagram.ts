/** Sends one datagram from a socket of its own, as svlogd does for each line. */
import { closeSync } from 'node:fs';
import { libcFunction } from '../native/libc.ts';
import type { LoggerPorts } from './ports.ts';

const AF_INET = 2;
const SOCK_DGRAM_NONBLOCK = 2 | 0o4000 | 0o2000000;

export const sendDatagram: LoggerPorts['sendDatagram'] = (address, port, text) => {
  const socket = libcFunction('int socket(int, int, int)')(AF_INET, SOCK_DGRAM_NONBLOCK, 0);
  if (socket < 0) return 'no-socket';
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
