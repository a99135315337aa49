import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HubError } from '../../../src/store/hub/errors.ts';
import { fetchRepository, type HubContext } from '../../../src/store/hub/repository.ts';
import { announcedWait, type Wait } from '../../../src/store/hub/request.ts';
import { defaultCommit, noise, startHub, type HubServer } from '../../hub-server.ts';

let hub: HubServer;
beforeEach(async () => {
  hub = await startHub({
    'owner/name': {
      files: {
        'config.json': { bytes: Buffer.from('{"model_type":"bert"}\n') },
        'onnx/model.onnx': { bytes: noise(1000), large: true },
      },
      revisions: ['v1', 'refs/pr/1'],
    },
    'owner/secret': { files: {}, privateFor: 'hf_right' },
    'owner/gated': { files: { 'model.onnx': { bytes: noise(10) } }, gatedFor: 'hf_right' },
  });
});
afterEach(() => hub.close());

const look = (repo: string, revision = 'main', context: HubContext = {}) =>
  fetchRepository({ host: hub.url, repo, revision }, { pause: 1, ...context });

const troubleOf = async (work: Promise<unknown>): Promise<[string, string]> => {
  const error: unknown = await work.catch((caught: unknown) => caught);
  if (!(error instanceof HubError)) throw new Error('no HubError');
  return [error.trouble, error.message];
};

test('files come with sizes, hashes and addresses of one commit', async () => {
  const { commit, gated, files } = await look('owner/name');
  expect([commit, gated]).toEqual([defaultCommit, false]);
  expect(files).toEqual([
    {
      path: 'config.json',
      url: `${hub.url}/owner/name/resolve/${defaultCommit}/config.json`,
      bytes: 22,
      // printf '{"model_type":"bert"}\n' | git hash-object --stdin
      checksum: { kind: 'git-sha1', hex: 'cc8a6b41c02264f7110eed9d6cac93bc973dcf7b' },
    },
    {
      path: 'onnx/model.onnx',
      url: `${hub.url}/owner/name/resolve/${defaultCommit}/onnx/model.onnx`,
      bytes: 1000,
      checksum: { kind: 'sha256', hex: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
    },
  ]);
});

test('a revision with slashes is asked for as one', async () => {
  expect((await look('owner/name', 'refs/pr/1')).revision).toBe('refs/pr/1');
  expect(hub.log[0]?.url).toBe('/api/models/owner/name/revision/refs%2Fpr%2F1');
});

test('long listings are read page by page', async () => {
  hub.pageSize = 2;
  expect((await look('owner/name')).files).toHaveLength(2);
  expect(hub.log.filter(({ url }) => url.includes('/tree/'))).toHaveLength(2);
});

test('the next page of a listing is never looked for on another server', async () => {
  const elsewhere = await startHub();
  const spy: typeof fetch = async (input, init) => {
    const response = await fetch(input, init);
    const headers = new Headers(response.headers);
    headers.set('Link', `<${elsewhere.url}/steal>; rel="next"`);
    return new Response(response.body, { status: response.status, headers });
  };
  await look('owner/name', 'main', { fetch: spy, token: 'hf_mine' });
  expect(elsewhere.log).toEqual([]);
  await elsewhere.close();
});

describe('hostile listings', () => {
  const listing =
    (entries: unknown): typeof fetch =>
    (input) =>
      Promise.resolve(
        Response.json((input as string).includes('/tree/') ? entries : { sha: defaultCommit }),
      );

  test('entries that are no proper files are left out', async () => {
    const entries = [
      { type: 'file', path: '../../escape.onnx', size: 1 },
      { type: 'file', path: '/root.onnx', size: 1 },
      { type: 'file', path: 'a\nb.onnx', size: 1 },
      { type: 'file', path: 7, size: 1 },
      null,
      { type: 'file', path: 'odd.onnx', size: -1, oid: 'xyz', lfs: { oid: 'zzz', size: 1e99 } },
      { type: 'file', path: 'good.onnx', size: 5 },
    ];
    const { files } = await look('owner/name', 'main', { fetch: listing(entries) });
    expect(files.map(({ path, bytes, checksum }) => [path, bytes, checksum])).toEqual([
      ['odd.onnx', undefined, undefined],
      ['good.onnx', 5, undefined],
    ]);
  });

  test.each([[{ error: 'x' }], ['text']])('%j is no listing', async (body) => {
    const trouble = await troubleOf(look('owner/name', 'main', { fetch: listing(body) }));
    expect(trouble).toEqual(['server', expect.stringMatching(/not a listing of files/)]);
  });
});

describe('what is refused says why', () => {
  test('a name that does not exist, to strangers', async () => {
    const [trouble, words] = await troubleOf(look('owner/nothing'));
    expect(trouble).toBe('token');
    expect(words).toMatch(/"owner\/nothing" does not exist, or it is private\. Check the spelling/);
  });

  test('a name that does not exist, to someone with a token', async () => {
    const trouble = await troubleOf(look('owner/nothing', 'main', { token: 'hf_mine' }));
    expect(trouble).toEqual(['missing', expect.stringMatching(/There is no "owner\/nothing" at/)]);
  });

  test('a revision that does not exist', async () => {
    expect(await troubleOf(look('owner/name', 'v9'))).toEqual([
      'missing',
      expect.stringMatching(/"owner\/name" has no revision "v9"\. Try owner\/name@main/),
    ]);
  });

  test('a private model opens with its token', async () => {
    expect((await troubleOf(look('owner/secret')))[0]).toBe('token');
    expect((await look('owner/secret', 'main', { token: 'hf_right' })).files).toEqual([]);
  });

  test('a gated model is listed and marked', async () => {
    const { gated, files } = await look('owner/gated');
    expect([gated, files.length]).toEqual([true, 1]);
  });

  test('a server that is not there', async () => {
    await hub.close();
    const [trouble, words] = await troubleOf(look('owner/name', 'main', { retries: 1 }));
    expect(trouble).toBe('offline');
    expect(words).toMatch(/localhost:\d+ does not answer\. Check the address and the connection/);
    hub = await startHub();
  });
});

describe('servers that are busy or fail', () => {
  const answering =
    (...answers: Response[]): typeof fetch =>
    async (input, init) =>
      answers.shift() ?? fetch(input, init);
  const busy = (headers: Record<string, string>) => new Response('', { status: 429, headers });

  test('are waited for as long as they ask, and the wait is said', async () => {
    const waits: (Wait | undefined)[] = [];
    await look('owner/name', 'main', {
      fetch: answering(busy({ 'Retry-After': '0.02' }), new Response('', { status: 503 })),
      onWait: (wait) => waits.push(wait),
    });
    expect(waits).toEqual([
      { why: 'The server has had too many requests', milliseconds: 20 },
      undefined,
      { why: 'The server answered 503', milliseconds: 2 },
      undefined,
    ]);
  });

  test('that ask for more than anybody waits are given up with the time', async () => {
    const trouble = await troubleOf(
      look('owner/name', 'main', { fetch: answering(busy({ 'Retry-After': '3600' })) }),
    );
    expect(trouble).toEqual(['busy', expect.stringMatching(/Try again in about 60 min/)]);
  });

  test('that never recover are given up', async () => {
    const down = () => Promise.resolve(new Response('', { status: 502 }));
    const trouble = await troubleOf(look('owner/name', 'main', { fetch: down }));
    expect(trouble).toEqual(['server', expect.stringMatching(/failed \(it answered 502\)/)]);
  });

  test('are left at once when the visitor gives up', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    const looking = look('owner/name', 'main', {
      fetch: answering(busy({ 'Retry-After': '60' })),
      signal: stop.signal,
      onWait: () => {
        stop.abort(reason);
      },
    });
    await expect(looking).rejects.toBe(reason);
  });
});

test.each([
  [{ 'Retry-After': '7' }, 7000],
  [{ 'Retry-After': 'Thu, 01 Jan 1970 00:00:09 GMT' }, 8000],
  // As documented for the Hub's rate limits.
  [{ RateLimit: '"api";r=0;t=55' }, 55_000],
  [{ 'Retry-After': 'soon' }, undefined],
  [{}, undefined],
] as const)('%j asks to wait %s ms', (headers, expected) => {
  expect(announcedWait(new Headers(headers as Record<string, string>), 1000)).toBe(expected);
});
