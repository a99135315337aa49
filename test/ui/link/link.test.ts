import { constants, deflateRawSync } from 'node:zlib';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { presets } from '../../../src/core/compress/presets.ts';
import {
  decodeLink,
  dictionary,
  encodeLink,
  linkPrefix,
  longest,
  type Link,
} from '../../../src/ui/link/link.ts';
import { lockIds } from '../../../src/ui/link/locks.ts';

const hash = (digit: string): string => digit.repeat(64);

const simple: Link = {
  version: 1,
  model: {
    name: 'digits',
    sha256: '49d683b02a1f18ce0244c563fd66c0c819658bbb60d4b3d1bb02282072a38465',
    bytes: 1842833,
    source: { kind: 'embedded', id: 'digits' },
  },
  right: { recipe: presets.int4.recipe, sha256: hash('b') },
};

/** A link as another program would write it: zlib's deflate, Node's base64url. */
const written = (json: unknown): string =>
  linkPrefix +
  deflateRawSync(typeof json === 'string' ? json : JSON.stringify(json), {
    dictionary: Buffer.from(dictionary),
  }).toString('base64url');

const digits = fc.stringMatching(/^[0-9a-f]{64}$/);
const name = fc.string({ minLength: 1, maxLength: 40, unit: 'binary' });
const source = fc.oneof(
  fc.constant({ kind: 'files' } as const),
  fc.record({ kind: fc.constant('embedded' as const), id: name }),
  fc.record({ kind: fc.constant('url' as const), url: fc.webUrl({ validSchemes: ['https'] }) }),
  fc.constant({
    kind: 'hub',
    host: 'https://huggingface.co',
    repo: 'onnx-community/some-model',
    revision: 'main',
    commit: 'c'.repeat(40),
    path: 'onnx/model.onnx',
  } as const),
);
const recipe = fc.constantFrom(...Object.values(presets).map((preset) => preset.recipe));
const side = fc.record({ recipe, name, sha256: digits }, { requiredKeys: ['recipe'] });
const view = fc.record(
  {
    editing: fc.constantFrom('original' as const, 'compressed' as const),
    panel: fc.constantFrom('receipt' as const, 'inspect' as const, 'lab' as const),
    section: fc.constantFrom('graph' as const, 'weights' as const),
    weight: fc.string({ maxLength: 100 }),
    set: fc.record({ id: name, size: fc.nat(), seed: fc.nat() }, { requiredKeys: ['id'] }),
    task: name,
  },
  { requiredKeys: [] },
);
const links = fc.record(
  {
    version: fc.constant(1 as const),
    model: fc.record({ name, sha256: digits, bytes: fc.nat(), source }),
    left: side,
    right: side,
    view,
    input: fc.jsonValue({ maxDepth: 5 }),
    caption: name,
    locks: fc.dictionary(
      fc.constantFrom(...lockIds),
      fc.constantFrom('locked' as const, 'hidden' as const),
    ),
  },
  { requiredKeys: ['version', 'model'] },
);

describe('a link', () => {
  test('comes back as it was, whatever it holds', () => {
    fc.assert(
      fc.property(links, (link) => {
        // Numbers such as −0 are what JSON makes of them.
        expect(decodeLink(encodeLink(link as Link))).toEqual(JSON.parse(JSON.stringify(link)));
      }),
      { numRuns: 150 },
    );
  });

  test('made before sets had sizes names the set alone', () => {
    const older = decodeLink(written({ ...simple, view: { panel: 'lab', set: 'drawn' } }));
    expect(older.view).toEqual({ panel: 'lab', set: { id: 'drawn' } });
    const broken = { ...simple, view: { set: { id: 'drawn', size: -1 } } };
    expect(() => decodeLink(written(broken))).toThrow('view.set.size');
  });

  test('of an embedded model and a preset is short, and has nothing that an address escapes', () => {
    const text = encodeLink(simple);
    expect(text).toMatch(/^#\/open\?[\w-]+$/);
    expect(text.length).toBeLessThan(200);
  });

  test('is read as zlib writes it, with repetitions and without', () => {
    expect(decodeLink(written(simple))).toEqual(simple);
    const stored = deflateRawSync(JSON.stringify(simple), { level: constants.Z_NO_COMPRESSION });
    expect(decodeLink(linkPrefix + stored.toString('base64url'))).toEqual(simple);
  });

  test('is not made where nobody could send it', () => {
    const noise = Array.from({ length: 90_000 }, (_, index) => Math.sin(index));
    expect(() => encodeLink({ ...simple, input: noise })).toThrow(/too long.*Leave out the input/s);
  });
});

describe('a link that is wrong', () => {
  const refused = (json: unknown) => expect(() => decodeLink(written(json)));

  test.each([
    ['nothing', linkPrefix],
    ['what is no base64url', `${linkPrefix}%%%`],
    ['random characters', `${linkPrefix}hello-there`],
    ['a part of a link', encodeLink(simple).slice(0, -20)],
    ['what is no JSON', written('{')],
  ])('says so: %s', (_, text) => {
    expect(() => decodeLink(text)).toThrow(/cut off or damaged\. Copy the whole link again/);
  });

  test('says which part is at fault', () => {
    refused([]).toThrow('its link is not an object');
    refused({ ...simple, version: 2 }).toThrow('of a version that this page does not know');
    refused({ ...simple, evil: 1 }).toThrow('holds "evil" in link');
    refused({ ...simple, model: { ...simple.model, sha256: 'abc' } }).toThrow('model.sha256');
    refused({ ...simple, model: { ...simple.model, bytes: -1 } }).toThrow('model.bytes');
    refused({ ...simple, right: { recipe: { version: 1, steps: [{ technique: 'x' }] } } }).toThrow(
      /recipe for the right side can't be read: steps\[0\]\.technique is "x"/,
    );
    refused({ ...simple, locks: { everything: 'locked' } }).toThrow('locks "everything"');
    refused({ ...simple, locks: { recipe: 'gone' } }).toThrow('locks.recipe is not one of locked');
    refused({ ...simple, view: { panel: '__proto__' } }).toThrow('view.panel');
  });

  test.each(['javascript:alert(1)', 'http://example.com/model.onnx', 'file:///etc/passwd', 'x'])(
    'fetches nothing from %s',
    (url) => {
      refused({ ...simple, model: { ...simple.model, source: { kind: 'url', url } } }).toThrow(
        'source.url is not an https address',
      );
    },
  );

  test('leads to no other place on a Hub than to a model', () => {
    const hub = {
      kind: 'hub',
      host: 'https://huggingface.co',
      repo: 'owner/name',
      revision: 'main',
      commit: 'main',
      path: 'onnx/model.onnx',
    };
    const from = (change: object) =>
      refused({ ...simple, model: { ...simple.model, source: { ...hub, ...change } } });
    from({}).not.toThrow();
    from({ host: 'http://evil.example' }).toThrow('source.host');
    from({ host: 'https://huggingface.co/x?y' }).toThrow('source.host');
    from({ repo: '../datasets/x' }).toThrow('source.repo');
    from({ repo: 'owner/name@x' }).toThrow('source.repo');
    from({ path: '../../x' }).toThrow('source.path');
  });

  test('can’t keep the page busy: bombs, depth, length', () => {
    refused(' '.repeat(longest.json + 10)).toThrow('holds too much');
    refused({ ...simple, input: JSON.parse('['.repeat(60) + ']'.repeat(60)) as unknown }).toThrow(
      'input is not at most 40 levels deep',
    );
    expect(() => decodeLink(linkPrefix + 'a'.repeat(longest.address))).toThrow('too long');
  });
});
