import type { Check } from '../check.ts';
import { scriptCheck } from '../check.ts';
import { lastTarget } from '../places.ts';
import type { ScriptFact } from '../snapshot.ts';

/** ELF: class at byte 4 (1: 32 bits, 2: 64), byte order at 5, machine at 18. */
export function elfOf(
  script: ScriptFact,
): { readonly bits: number; readonly machine: number; readonly bytes: number } | undefined {
  if (!script.head.startsWith('7f454c46')) return undefined;
  const byte = (at: number): number => Number.parseInt(script.head.slice(at * 2, at * 2 + 2) || '0', 16);
  const little = byte(5) !== 2;
  return {
    bits: byte(4) === 2 ? 64 : 32,
    machine: little ? byte(18) + 256 * byte(19) : byte(19) + 256 * byte(18),
    bytes: script.size,
  };
}

const MACHINES: Readonly<Record<number, string>> = {
  3: 'i386',
  8: 'MIPS',
  20: 'PowerPC',
  21: 'PowerPC 64',
  22: 'S390',
  40: 'ARM',
  62: 'x86-64',
  183: 'ARM 64',
  243: 'RISC-V',
};

/** Sizes of the ELF header itself. */
const HEADER = { 32: 52, 64: 64 } as const;

/** So many bytes a whole binary has at least: its table of sections mostly stands at its end. */
function leastSize(script: ScriptFact, bits: 32 | 64): number {
  const bytes = Buffer.from(script.head, 'hex');
  if (bytes.length < HEADER[bits] || bytes[5] === 2) return HEADER[bits];
  const start = bits === 64 ? Number(bytes.readBigUInt64LE(40)) : bytes.readUInt32LE(32);
  const at = bits === 64 ? 58 : 46;
  return Math.max(HEADER[bits], start + bytes.readUInt16LE(at) * bytes.readUInt16LE(at + 2));
}

export const check: Check = scriptCheck({
  id: 'run-wrong-architecture',
  severity: 'error',
  layer: 'run',
  title: 'run or its daemon is a binary for another machine, or cut short',
  section: 'Make the Daemon Program',
  explain: [
    'A binary for another processor, or a download that broke off, cannot be started: "exec format error". Doctor compares the machine in its header with that of /bin/sh.',
    'By hand: file PROGRAM says what it is; uname -m what this machine is.',
  ],
  see: (snapshot, place) => {
    const target = lastTarget(snapshot, place)?.fact?.path;
    const own = snapshot.scripts['/bin/sh'] === undefined ? undefined : elfOf(snapshot.scripts['/bin/sh']);
    const places: readonly [string, string][] = [
      [place.path, place.name],
      ...(target === undefined ? [] : [[target, target] as [string, string]]),
    ];
    return places.flatMap(([path, name]) => {
      const script = snapshot.scripts[path];
      const elf = script === undefined ? undefined : elfOf(script);
      if (elf === undefined || script === undefined) return [];
      const least = leastSize(script, elf.bits as 32 | 64);
      // One that runs is whole enough.
      const cut = elf.bytes < least && place.supervise.status?.state !== 'run';
      // 32-bit programs of the same family run on many 64-bit systems.
      const family =
        own === undefined ||
        elf.machine === own.machine ||
        (own.machine === 62 && elf.machine === 3) ||
        (own.machine === 183 && elf.machine === 40);
      if (!cut && family) return [];
      return [
        {
          path,
          summary: cut ? `${name} is a binary that was cut short` : `${name} is a binary for another machine`,
          evidence: [
            cut
              ? `${elf.bytes} bytes, expected at least ${least}`
              : `machine ${MACHINES[elf.machine] ?? elf.machine}, expected ${MACHINES[own?.machine ?? 0] ?? own?.machine}`,
          ],
          cause: 'The kernel refuses it: exec format error. Get the program for this machine.',
        },
      ];
    });
  },
});
