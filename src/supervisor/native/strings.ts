/** Arrays of C strings from raw bytes, for calls that take argv or environ: koffi's own strings are UTF-8 only. */
import koffi from 'koffi';

/** A `char *[]` that ends with NULL. `table` is what is handed to C; `keep` has to live as long as it is used. */
export interface StringTable {
  readonly table: Buffer;
  readonly keep: Buffer;
}

/** Packs strings (one character a byte, no NUL inside) into memory of our own. */
export function packStrings(strings: readonly string[]): StringTable {
  const keep = Buffer.from(strings.map((text) => `${text}\0`).join('') || '\0', 'latin1');
  const table = Buffer.alloc((strings.length + 1) * 8);
  const base = koffi.address(keep);
  let offset = 0;
  for (const [index, text] of strings.entries()) {
    table.writeBigUInt64LE(base + BigInt(offset), index * 8);
    offset += text.length + 1;
  }
  return { table, keep };
}

/** One C string from raw bytes. */
export function packString(text: string): Buffer {
  return Buffer.from(`${text}\0`, 'latin1');
}
