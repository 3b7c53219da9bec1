/**
 * When to say something about crash loops on the desktop: once when a service enters one, once when it has left it by
 * staying up, and never in a flood.
 */
import { homerunLine } from '../shell/words.ts';
import { type CrashLoop, crashLoopWords } from './crash-loop.ts';
import { listWords } from './words.ts';

/** What is known of one service at a look. */
export interface NoticeFacts {
  readonly name: string;
  readonly loop: CrashLoop | null;
  /** It runs. A loop that ended because somebody stopped the service is nothing to tell. */
  readonly running: boolean;
  readonly lastLines: readonly string[];
}

export interface Notice {
  readonly urgency: 'normal' | 'low';
  readonly title: string;
  readonly body: string;
}

/** A service that goes in and out of its loop is spoken of once in so many milliseconds. */
const PAUSE = 10 * 60 * 1000;
/** More than this at a time (a display that died takes all its clients along) make one notice together. */
const SEVERAL = 2;

interface Known {
  looping: boolean;
  /** The entering was told, so the leaving is to be told. */
  told: boolean;
  lastTold: number;
}

/** Keeps what was told; `look` gives the notices to send now. Times in milliseconds, of any clock that only goes on. */
export function createNotices(): { look(services: readonly NoticeFacts[], now: number): Notice[] } {
  const known = new Map<string, Known>();
  return {
    look: (services, now) => {
      const entered: NoticeFacts[] = [];
      const left: NoticeFacts[] = [];
      for (const facts of services) {
        const before = known.get(facts.name) ?? {
          looping: false,
          told: false,
          lastTold: Number.NEGATIVE_INFINITY,
        };
        known.set(facts.name, before);
        const looping = facts.loop !== null;
        if (looping && !before.looping && now - before.lastTold >= PAUSE) {
          before.told = true;
          before.lastTold = now;
          entered.push(facts);
        } else if (!looping && before.looping && before.told) {
          before.told = false;
          if (facts.running) left.push(facts);
        }
        before.looping = looping;
      }
      // Of two services of one name only the present one counts: what is gone is forgotten.
      for (const name of known.keys()) if (!services.some((facts) => facts.name === name)) known.delete(name);
      return [...enteredNotices(entered), ...leftNotices(left)];
    },
  };
}

function enteredNotices(services: readonly NoticeFacts[]): Notice[] {
  if (services.length > SEVERAL) {
    return [
      {
        urgency: 'normal',
        title: `${services.length} services are crash-looping`,
        body: `${listWords(services.map(({ name }) => name))}\nhomerun doctor`,
      },
    ];
  }
  return services.map(({ name, loop, lastLines }) => ({
    urgency: 'normal',
    title: `${name}: ${loop === null ? 'crash-looping' : crashLoopWords(loop)}`,
    body: [...lastLines, homerunLine('doctor', [name])].join('\n'),
  }));
}

function leftNotices(services: readonly NoticeFacts[]): Notice[] {
  if (services.length === 0) return [];
  const names = listWords(services.map(({ name }) => name));
  return [
    {
      urgency: 'low',
      title: `${names}: ${services.length === 1 ? 'stays' : 'stay'} up again`,
      body: homerunLine(
        'status',
        services.map(({ name }) => name),
      ),
    },
  ];
}

/** Text for a notification's body, where & < and > would be markup. */
export function escapeMarkup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
