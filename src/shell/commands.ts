/**
 * A shell script's simple commands in the order in which they are written, with where each stands: in a function, in a
 * condition or loop, behind `&&`, in a pipeline, in the background. Enough to say what a run script's last command is.
 */
import { type Command, type List, readScript, type Simple } from './syntax.ts';
import { withoutCarriageReturns } from './tokens.ts';

export interface SimpleCommand extends Omit<Simple, 'kind'> {
  /** `if`, `while`, `until`, `for`, `case`, `{`, `(` around it, outermost first. */
  readonly inside: readonly string[];
  /** The function whose body it stands in. */
  readonly inFunction: string | null;
  /** It, or what it stands in, reads from a pipe. */
  readonly piped: boolean;
  /** It stands in the condition of if, while or until. */
  readonly condition: boolean;
  /** Whether it runs depends on others: in `if`, a loop, `case` or a function, or behind `&&` and `||`. */
  readonly conditional: boolean;
  /** It, or what it stands in, ends in `&`. */
  readonly background: boolean;
}

type Place = Omit<SimpleCommand, keyof Simple>;

const TOP: Place = {
  inside: [],
  inFunction: null,
  piped: false,
  condition: false,
  conditional: false,
  background: false,
};

function* commandsOf(list: List, place: Place): Generator<SimpleCommand> {
  for (const { pipelines, background } of list) {
    for (const { joined, commands } of pipelines) {
      for (const [index, command] of commands.entries()) {
        yield* commandsIn(command, {
          ...place,
          piped: place.piped || index > 0,
          conditional: place.conditional || joined !== '',
          background: place.background || background,
        });
      }
    }
  }
}

function* commandsIn(command: Command, place: Place): Generator<SimpleCommand> {
  if (command.kind === 'simple') {
    const { kind: _, ...simple } = command;
    yield { ...simple, ...place };
    return;
  }
  if (command.kind === 'function') {
    yield* commandsIn(command.body, {
      ...place,
      inFunction: place.inFunction ?? command.name,
      conditional: true,
    });
    return;
  }
  const plain = command.kind === '{' || command.kind === '(';
  const inner = {
    ...place,
    inside: [...place.inside, command.kind],
    conditional: place.conditional || !plain,
  };
  const condition = { ...inner, condition: true };
  switch (command.kind) {
    case 'if':
      for (const branch of command.branches) {
        yield* commandsOf(branch.condition, condition);
        yield* commandsOf(branch.body, inner);
      }
      yield* commandsOf(command.otherwise, inner);
      return;
    case 'while':
    case 'until':
      yield* commandsOf(command.condition, condition);
      yield* commandsOf(command.body, inner);
      return;
    case 'case':
      for (const arm of command.arms) yield* commandsOf(arm, inner);
      return;
    default:
      yield* commandsOf(command.body, inner);
  }
}

/** All simple commands of a script; DOS line ends are taken for what was meant. Never throws. */
export function readCommands(text: string): SimpleCommand[] {
  return [...commandsOf(readScript(withoutCarriageReturns(text)).list, TOP)];
}
