/**
 * The one loop over all bytes of a log: copies text and puts a lead (stamp and prefix) after its newlines.
 *
 * It is a WebAssembly module of two functions that look at 16 bytes at a time, some five times as fast as anything
 * that V8 does with strings; it is put together here, instruction by instruction, since a compiler for it would be a
 * larger thing than it is. The same is done by a loop in JavaScript until there is much to do, since the module costs
 * time and memory that a quiet log need not spend, and where there is no WebAssembly (switched off, no room for its
 * memory, an old processor).
 *
 * There is one memory for a thread. It holds the piece that was read last and the texts made of it, up to the next
 * `input`: who wants to keep them copies them.
 */

/** What both kinds of code do: positions are bytes in the memory. */
interface Code {
  /** How many newlines there are between two positions. Up to 15 bytes behind `to` are looked at. */
  count(from: number, to: number): number;
  /**
   * Copies what lies between two positions to `out` and puts the lead after each newline; gives back where the copy
   * ends. Up to 31 bytes behind that, and behind `to` and the lead, are read or written over.
   */
  insert(from: number, to: number, out: number, lead: number, leadLength: number): number;
}

/** Room that is kept behind everything. */
const SLACK = 32;
/** WebAssembly's unit of memory. */
const PAGE = 65_536;
const FIRST_PAGES = 4;
/** A piece of so many bytes says that there is much to do. */
const MUCH = 32_768;
const NEWLINE = 10;

function roundUp(position: number): number {
  return (position + 15) & ~15;
}

export class LineCopier {
  #made: Made;
  #bytes: Buffer;
  #mayCompile: boolean;
  /** Where the next text begins. */
  #end = 0;

  /** `kind`: `script` is by JavaScript in any case, `module` by WebAssembly from the first byte on, if it can be had. */
  constructor(kind: 'script' | 'module' | 'both' = 'both') {
    this.#mayCompile = kind === 'both';
    this.#made = (kind === 'module' ? compile() : undefined) ?? script();
    this.#bytes = this.#made.memory();
  }

  /** Whether it works by WebAssembly now. */
  get isCompiled(): boolean {
    return this.#made.compiled;
  }

  #need(end: number): void {
    if (end + SLACK <= this.#bytes.length) return;
    this.#made.grow(end + SLACK);
    this.#bytes = this.#made.memory();
  }

  /** Room for a piece of so many bytes; all that was made before is forgotten. */
  input(length: number): Buffer {
    if (length >= MUCH && this.#mayCompile) {
      this.#mayCompile = false;
      this.#made = compile() ?? this.#made;
      this.#bytes = this.#made.memory();
    }
    this.#end = roundUp(length + SLACK);
    this.#need(this.#end);
    return this.#bytes.subarray(0, length);
  }

  /** The piece, from one position in it to another. */
  piece(from: number, to: number): Buffer {
    return this.#bytes.subarray(from, to);
  }

  /**
   * Makes a text of `before`, then the bytes of the piece between two positions with `lead` after each newline among
   * them, then `after`. Texts are byte strings. The result is where it lies: see `made`.
   */
  make(before: string, from: number, to: number, lead: string, after: string): readonly [number, number] {
    const { code } = this.#made;
    const start = this.#end + (lead === '' ? 0 : roundUp(lead.length + SLACK));
    const newlines = lead === '' ? 0 : code.count(from, to);
    const length = before.length + (to - from) + newlines * lead.length + after.length;
    this.#need(start + length);
    const bytes = this.#bytes;
    let end = start + bytes.write(before, start, 'latin1');
    if (lead === '') {
      bytes.copyWithin(end, from, to);
      end += to - from;
    } else {
      bytes.write(lead, this.#end, 'latin1');
      end = code.insert(from, to, end, this.#end, lead.length);
    }
    end += bytes.write(after, end, 'latin1');
    this.#end = roundUp(end + SLACK);
    return [start, end];
  }

  /** The bytes of a text that was made since the last `input`. */
  made([start, end]: readonly [number, number]): Buffer {
    return this.#bytes.subarray(start, end);
  }
}

let shared: LineCopier | undefined;

/** The copier of this thread. */
export function lineCopier(): LineCopier {
  shared ??= new LineCopier();
  return shared;
}

interface Made {
  readonly compiled: boolean;
  readonly code: Code;
  /** All of the memory; another one after `grow`. */
  memory(): Buffer;
  /** Makes it so large, at least; what is in it stays. */
  grow(length: number): void;
}

// ---- in JavaScript

function script(): Made {
  let bytes = Buffer.alloc(4096);
  return {
    compiled: false,
    memory: () => bytes,
    grow(length) {
      const grown = Buffer.alloc(Math.max(length, 2 * bytes.length));
      grown.set(bytes);
      bytes = grown;
    },
    code: {
      count(from, to) {
        let found = 0;
        for (let at = from; at < to; at++) if (bytes[at] === NEWLINE) found++;
        return found;
      },
      insert(from, to, out, lead, leadLength) {
        let end = out;
        for (let at = from; at < to; at++) {
          const byte = bytes[at] as number;
          bytes[end++] = byte;
          if (byte !== NEWLINE) continue;
          bytes.copyWithin(end, lead, lead + leadLength);
          end += leadLength;
        }
        return end;
      },
    },
  };
}

// ---- in WebAssembly

// What of its types is used here; those of Node do not have them.
interface Exports extends Code {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
}
interface WebAssemblyApi {
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}

/** Undefined where it cannot be had. */
function compile(): Made | undefined {
  const api = (globalThis as { WebAssembly?: WebAssemblyApi }).WebAssembly;
  if (api === undefined) return undefined;
  try {
    const { memory, count, insert } = new api.Instance(new api.Module(moduleBytes())).exports as Exports;
    return {
      compiled: true,
      code: { count, insert },
      memory: () => Buffer.from(memory.buffer),
      grow: (length) => void memory.grow(Math.ceil((length - memory.buffer.byteLength) / PAGE)),
    };
  } catch {
    return undefined;
  }
}

/** Instructions, with their immediate operands where they are always the same here. */
const I = {
  block: [0x02, 0x40],
  loop: [0x03, 0x40],
  if: [0x04, 0x40],
  else: [0x05],
  end: [0x0b],
  select: [0x1b],
  load: [0xfd, 0x00, 0x00, 0x00],
  store: [0xfd, 0x0b, 0x00, 0x00],
  splat: [0xfd, 0x0f],
  equal: [0xfd, 0x23],
  bitmask: [0xfd, 0x64],
  lessThan: [0x49],
  atLeast: [0x4f],
  add: [0x6a],
  sub: [0x6b],
  and: [0x71],
  shl: [0x74],
  ctz: [0x68],
  popcnt: [0x69],
} as const;
const get = (local: number) => [0x20, local];
const set = (local: number) => [0x21, local];
const tee = (local: number) => [0x22, local];
/** Numbers from 0 to 63. */
const constant = (value: number) => [0x41, value];
const branch = (depth: number) => [0x0c, depth];
const branchIf = (depth: number) => [0x0d, depth];
const increase = (local: number, by: readonly number[]) => [...get(local), ...by, ...I.add, ...set(local)];

/** Leaves on the stack which of the 16 bytes at a position are newlines, the first as the lowest bit. */
const newlinesAt = (vector: readonly number[]) => [
  ...vector,
  ...constant(NEWLINE),
  ...I.splat,
  ...I.equal,
  ...I.bitmask,
];

/** The smaller one of 16 and what is left between two locals, kept in a third. */
const chunk = (from: number, to: number, length: number) => [
  ...get(to),
  ...get(from),
  ...I.sub,
  ...tee(length),
  ...constant(16),
  ...get(length),
  ...constant(16),
  ...I.lessThan,
  ...I.select,
  ...set(length),
];

function countBody(): number[] {
  const [from, to, found, length] = [0, 1, 2, 3];
  return [
    ...I.block,
    ...I.loop,
    ...[...get(from), ...get(to), ...I.atLeast, ...branchIf(1)],
    ...chunk(from, to, length),
    // found += popcnt(newlines & ((1 << length) - 1))
    ...get(found),
    ...newlinesAt([...get(from), ...I.load]),
    ...[...constant(1), ...get(length), ...I.shl, ...constant(1), ...I.sub],
    ...[...I.and, ...I.popcnt, ...I.add, ...set(found)],
    ...increase(from, get(length)),
    ...branch(0),
    ...I.end,
    ...I.end,
    ...get(found),
  ];
}

function insertBody(): number[] {
  const [from, to, out, lead, leadLength, length, first, done, vector] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
  return [
    ...I.block,
    ...I.loop,
    ...[...get(from), ...get(to), ...I.atLeast, ...branchIf(1)],
    ...chunk(from, to, length),
    // All 16 are copied; what is too much is written over.
    ...[...get(out), ...get(from), ...I.load, ...tee(vector), ...I.store],
    // first: how many bytes stand before the first newline; 32 without one.
    ...[...newlinesAt(get(vector)), ...I.ctz, ...tee(first)],
    ...[...get(length), ...I.atLeast],
    ...I.if,
    ...increase(from, get(length)),
    ...increase(out, get(length)),
    ...I.else,
    ...[...get(first), ...constant(1), ...I.add, ...set(first)],
    ...increase(from, get(first)),
    ...increase(out, get(first)),
    ...[...constant(0), ...set(done)],
    ...I.loop,
    ...[...get(out), ...get(done), ...I.add],
    ...[...get(lead), ...get(done), ...I.add, ...I.load, ...I.store],
    ...increase(done, constant(16)),
    ...[...get(done), ...get(leadLength), ...I.lessThan, ...branchIf(0)],
    ...I.end,
    ...increase(out, get(leadLength)),
    ...I.end,
    ...branch(0),
    ...I.end,
    ...I.end,
    ...get(out),
  ];
}

const I32 = 0x7f;
const V128 = 0x7b;

/** A number without sign, in as many bytes as it needs. */
function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)];
}

const sized = (content: readonly number[]) => [...unsigned(content.length), ...content];
const section = (id: number, content: readonly number[]) => [id, ...sized(content)];
const name = (text: string) => sized([...text].map((letter) => letter.charCodeAt(0)));
/** A function's type: so many i32, and an i32 back. */
const type = (parameters: number) => [0x60, ...sized(Array(parameters).fill(I32)), 1, I32];

function moduleBytes(): Uint8Array {
  const count = [...[1, 2, I32], ...countBody(), ...I.end];
  const insert = [...[2, 3, I32, 1, V128], ...insertBody(), ...I.end];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [2, ...type(2), ...type(5)]),
    ...section(3, [2, 0, 1]),
    ...section(5, [1, 0, FIRST_PAGES]),
    ...section(7, [3, ...name('memory'), 2, 0, ...name('count'), 0, 0, ...name('insert'), 0, 1]),
    ...section(10, [2, ...sized(count), ...sized(insert)]),
  ]);
}
