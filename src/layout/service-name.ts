/** What a service may be called: its name is a directory's, a word on command lines, and a part of messages. */

/** Longer names leave no room for `supervise` files' own names in a path. */
const LONGEST = 200;

/** Why this name will not do, as the end of a sentence; null when it will. */
export function serviceNameProblem(name: string): string | null {
  if (name === '') return 'it is empty';
  if (name.startsWith('.')) return 'it starts with a dot, which runsvdir passes over';
  if (name.startsWith('-')) return 'it starts with a dash, which programs take for an option';
  if (name.includes('/')) return 'it holds a slash';
  if (/[\u0000-\u001f\u007f-\u009f]/.test(name)) return 'it holds a control character';
  if (/\s/.test(name)) return 'it holds a blank';
  if (Buffer.byteLength(name) > LONGEST) return `it is longer than ${LONGEST} bytes`;
  return null;
}
