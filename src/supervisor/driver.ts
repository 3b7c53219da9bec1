/**
 * Drives one machine: events in, effects out to the hands that perform them. The hands are the real world
 * (service.ts) or a simulated one (test/sim).
 */
import type { Machine } from './core/draft.ts';
import type { Effect, Facts, MachineEvent, Program } from './core/events.ts';
import { isBlocked, step } from './core/machine.ts';
import type { SlotName } from './core/slot.ts';

export type SpawnResult = Extract<MachineEvent, { type: 'spawned' | 'spawnFailed' }>;

/** What a machine can have done, and what it may ask. Nothing of it waits. */
export interface Hands {
  facts(): Facts;
  publish(effect: Extract<Effect, { type: 'publish' }>): void;
  spawn(slot: SlotName, program: Program): SpawnResult;
  signal(slot: SlotName, pid: number, signal: number): void;
  /** One alarm; a later one takes the place of an earlier one. Then `Driver.handle({ type: 'timer' })`. */
  wake(at: number): void;
  warn(message: string): void;
  history(effect: Extract<Effect, { type: 'history' }>): void;
  closeLogPipe(): void;
  /** Whether control bytes are taken at the moment. */
  listen(listening: boolean): void;
  leave(): void;
}

export class Driver {
  #machine: Machine;
  readonly #hands: Hands;
  #listening = true;

  constructor(machine: Machine, hands: Hands) {
    this.#machine = machine;
    this.#hands = hands;
  }

  get machine(): Machine {
    return this.#machine;
  }

  /** Takes one event and does all that follows from it, before it returns. */
  handle(event: MachineEvent): void {
    let next: MachineEvent | undefined = event;
    while (next !== undefined) {
      const { machine, effects }: ReturnType<typeof step> = step(this.#machine, next, this.#hands.facts());
      this.#machine = machine;
      next = undefined;
      // A spawn is always the last effect of its step.
      for (const effect of effects) next = this.#perform(effect) ?? next;
    }
    const listening = !isBlocked(this.#machine);
    if (listening !== this.#listening && !this.#machine.left) {
      this.#listening = listening;
      this.#hands.listen(listening);
    }
  }

  #perform(effect: Effect): SpawnResult | undefined {
    const hands = this.#hands;
    switch (effect.type) {
      case 'publish':
        hands.publish(effect);
        return undefined;
      case 'spawn':
        return hands.spawn(effect.slot, effect.program);
      case 'signal':
        hands.signal(effect.slot, effect.pid, effect.signal);
        return undefined;
      case 'wake':
        hands.wake(effect.at);
        return undefined;
      case 'warn':
        hands.warn(effect.message);
        return undefined;
      case 'history':
        hands.history(effect);
        return undefined;
      case 'closeLogPipe':
        hands.closeLogPipe();
        return undefined;
      case 'leave':
        hands.leave();
        return undefined;
    }
  }
}
