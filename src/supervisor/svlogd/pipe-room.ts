/**
 * The room in the pipe that a logger reads. One that was found full several times in a row is made larger until it is
 * empty again: while one side has to wait for a processor the other one can go on. The room for pipes that a user has
 * is limited, so few are.
 */
import { pipeCapacity, setPipeCapacity } from '../native/pipe.ts';

const FULL_PIECES = 3;
const LARGE_PIPE = 1 << 20;
const MOST_LARGE_PIPES = 16;

/** Of this thread. */
let largePipes = 0;

export class PipeRoom {
  readonly #fd: number;
  /** Pieces in a row that were as large as they can be. */
  #fullPieces = 0;
  /** What fits into the pipe when it is not made larger; 0 while it is not. */
  #usual = 0;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** A piece was taken; `isFull` when it was as large as pieces can be. */
  took(isFull: boolean): void {
    this.#fullPieces = isFull ? this.#fullPieces + 1 : 0;
    if (this.#fullPieces === FULL_PIECES) this.#enlarge();
  }

  #enlarge(): void {
    if (this.#usual > 0 || largePipes >= MOST_LARGE_PIPES) return;
    const usual = pipeCapacity(this.#fd);
    if (usual <= 0 || usual >= LARGE_PIPE || !setPipeCapacity(this.#fd, LARGE_PIPE)) return;
    this.#usual = usual;
    largePipes += 1;
  }

  /** The pipe is empty: it gets its usual size again. */
  restore(): void {
    this.#fullPieces = 0;
    if (this.#usual > 0 && setPipeCapacity(this.#fd, this.#usual)) this.forget();
  }

  /** The pipe is left as it is, to another. */
  forget(): void {
    if (this.#usual > 0) largePipes -= 1;
    this.#usual = 0;
  }
}
