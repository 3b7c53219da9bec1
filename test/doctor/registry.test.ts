/** What holds for every check. */
import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LAYERS } from '../../src/doctor/check.ts';
import { checks } from '../../src/doctor/checks/registry.ts';
import { fixtures } from './fixtures/all.ts';
import { isOwn, isService } from './fixtures/fixture.ts';
import { ENGINES, isProvedOn } from './fixtures/matrix.ts';
import { odd as oddServices } from './fixtures/odd.ts';
import { oddOthers } from './fixtures/odd-others.ts';
import { oddScripts } from './fixtures/odd-scripts.ts';
import { sessionFiles } from './fixtures/session.ts';

const odd = [...oddServices, ...oddScripts, ...oddOthers];
/** Checks that have only a fixture of odd*.ts: they are proved on a running tree, but no fix is tried. */
const onlyOdd = new Set(odd.map((each) => each.check));
for (const { check } of fixtures) onlyOdd.delete(check);

describe('the registry of checks', () => {
  it('has a fixture for every check', () => {
    const proved = new Set([...fixtures, ...sessionFiles, ...odd].map((fixture) => fixture.check));
    expect(checks.map((check) => check.id).filter((id) => !proved.has(id))).toEqual([]);
  });

  it('proves every check on running trees, but for these', () => {
    const live = fixtures.filter((each) => isOwn(each) || isService(each));
    const files = new Set(sessionFiles.map((each) => each.check));
    const missing = checks
      .filter(
        ({ id }) =>
          !files.has(id) &&
          !onlyOdd.has(id) &&
          !ENGINES.some((engine) => live.some((each) => each.check === id && isProvedOn(each, engine))),
      )
      .map(({ id }) => id);
    const without: Readonly<Record<string, string>> = {
      'fs-without-fifos': 'no file system without FIFOs can be mounted without a block device',
      'fs-without-locks': 'only a network file system without its lock daemon refuses locks',
    };
    expect(missing.filter((id) => without[id] === undefined)).toEqual([]);
  });

  it('has proofs on each engine, and a reason where a fault cannot be made on one', () => {
    const live = fixtures.filter((each) => isOwn(each) || isService(each));
    for (const engine of ENGINES)
      expect(live.filter((each) => isProvedOn(each, engine)).length).toBeGreaterThan(15);
    const reasons = live.flatMap((each) => Object.values(each.notOn ?? {}));
    expect(reasons.filter((each) => each.length < 15)).toEqual([]);
  });

  it('tries every fix that a check can offer: files, letters and signals', () => {
    const tried = new Set(
      [...fixtures.filter((each) => isOwn(each) || isService(each)), ...sessionFiles]
        .filter((each) => each.person !== true)
        .map((each) => each.check),
    );
    const offers = (id: string): boolean =>
      /\b(fixBy|chmodFix|notExecutableCheck)\(|\bfix:\s*(?!null)\S/.test(
        fs.readFileSync(`src/doctor/checks/${id}.ts`, 'utf8').replace(/^ *fix: null,$/gm, ''),
      );
    expect(
      checks.map(({ id }) => id).filter((id) => !onlyOdd.has(id) && offers(id) !== tried.has(id)),
    ).toEqual([]);
  });

  it('has each identifier once, in the form that the command line takes', () => {
    const ids = checks.map((check) => check.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !/^[a-z0-9]+(-[a-zA-Z0-9]+)*$/.test(id))).toEqual([]);
  });

  it('explains every check: what, why, and the section of the document', () => {
    expect(
      checks
        .filter(
          (check) =>
            check.title === '' ||
            check.section === '' ||
            check.explain.join(' ').length < 60 ||
            !LAYERS.includes(check.layer),
        )
        .map((check) => check.id),
    ).toEqual([]);
  });
});
