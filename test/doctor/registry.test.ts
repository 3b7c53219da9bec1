/** What holds for every check. */
import { describe, expect, it } from 'vitest';
import { LAYERS } from '../../src/doctor/check.ts';
import { checks } from '../../src/doctor/checks/registry.ts';
import { fixtures } from './fixtures/all.ts';
import { odd } from './fixtures/odd.ts';
import { sessionFiles } from './fixtures/session.ts';

describe('the registry of checks', () => {
  it('has a fixture for every check', () => {
    const proved = new Set([...fixtures, ...sessionFiles, ...odd].map((fixture) => fixture.check));
    expect(checks.map((check) => check.id).filter((id) => !proved.has(id))).toEqual([]);
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
