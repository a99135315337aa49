import { describe, expect, test } from 'vitest';
import { parseAddress, parseHub } from '../../../src/store/hub/address.ts';

const host = 'https://huggingface.co';
const main = { kind: 'hub', host, revision: 'main' };

describe('names', () => {
  test.each([
    ['onnx-community/Qwen2.5-0.5B', { ...main, repo: 'onnx-community/Qwen2.5-0.5B' }],
    ['  "Xenova/all-MiniLM-L6-v2" ', { ...main, repo: 'Xenova/all-MiniLM-L6-v2' }],
    ['gpt2', { ...main, repo: 'gpt2' }],
    ['owner/name@v1.0', { ...main, repo: 'owner/name', revision: 'v1.0' }],
    ['owner/name@refs/pr/3', { ...main, repo: 'owner/name', revision: 'refs/pr/3' }],
    ['owner/name/onnx/model_q4.onnx', { ...main, repo: 'owner/name', path: 'onnx/model_q4.onnx' }],
  ])('%s', (text, expected) => {
    expect(parseAddress(text)).toEqual(expected);
  });

  test('are looked for at the mirror that is set', () => {
    expect(parseAddress('owner/name', 'https://mirror.example')).toMatchObject({
      host: 'https://mirror.example',
    });
  });
});

describe('pages of the Hub', () => {
  test.each([
    ['https://huggingface.co/owner/name', { ...main, repo: 'owner/name' }],
    ['huggingface.co/owner/name', { ...main, repo: 'owner/name' }],
    ['https://hf.co/owner/name/', { ...main, repo: 'owner/name' }],
    ['https://huggingface.co/gpt2', { ...main, repo: 'gpt2' }],
    ['https://huggingface.co/gpt2/tree/main', { ...main, repo: 'gpt2' }],
    [
      'https://huggingface.co/owner/name/tree/dev/onnx',
      { ...main, repo: 'owner/name', revision: 'dev' },
    ],
    ['https://huggingface.co/owner/name/discussions/4', { ...main, repo: 'owner/name' }],
    [
      'https://huggingface.co/owner/name/blob/main/onnx/model_q4.onnx?x=1#y',
      { ...main, repo: 'owner/name', path: 'onnx/model_q4.onnx' },
    ],
    [
      'https://huggingface.co/owner/name/resolve/refs%2Fpr%2F1/model.onnx?download=true',
      { ...main, repo: 'owner/name', revision: 'refs/pr/1', path: 'model.onnx' },
    ],
    [
      'https://huggingface.co/owner/name/tree/refs/pr/1',
      { ...main, repo: 'owner/name', revision: 'refs/pr/1' },
    ],
    [
      'https://hf-mirror.example/owner/name/tree/main',
      { ...main, host: 'https://hf-mirror.example', repo: 'owner/name' },
    ],
  ])('%s', (text, expected) => {
    expect(parseAddress(text)).toEqual(expected);
  });

  test('a page of the set mirror needs no marks of the Hub', () => {
    expect(
      parseAddress('http://localhost:80/hf/owner/name', 'http://localhost:80/hf'),
    ).toMatchObject({ host: 'http://localhost/hf', repo: 'owner/name' });
  });
});

describe('other addresses', () => {
  test.each([
    ['https://example.org/a/model.onnx?key=1', 'https://example.org/a/model.onnx?key=1'],
    ['http://localhost:8080/model.onnx', 'http://localhost:8080/model.onnx'],
    [
      'https://github.com/onnx/models/blob/main/vision/mnist-8.onnx',
      'https://raw.githubusercontent.com/onnx/models/main/vision/mnist-8.onnx',
    ],
  ])('%s', (text, url) => {
    expect(parseAddress(text)).toEqual({ kind: 'url', url });
  });
});

test.each([
  ['', /Type the name of a model/],
  ['two words', /neither a model's name nor an address/],
  ['../../etc', /neither a model's name nor an address/],
  ['owner/na--me', /neither a model's name/],
  ['owner/name@', /no revision after its @/],
  ['http://example.org/model.onnx', /only https addresses/],
  ['file:///home/me/model.onnx', /only https addresses/],
  ['https://huggingface.co/datasets/owner/name', /is a dataset, not a model/],
])('"%s" is refused in words', (text, words) => {
  expect(() => parseAddress(text)).toThrow(words);
});

test.each([
  ['', 'https://huggingface.co'],
  ['hf-mirror.com', 'https://hf-mirror.com'],
  ['https://hub.example/base/', 'https://hub.example/base'],
  ['http://localhost:1234', 'http://localhost:1234'],
])('the Hub "%s" is %s', (text, expected) => {
  expect(parseHub(text)).toBe(expected);
});

test('a Hub over plain http is refused', () => {
  expect(() => parseHub('http://hub.example')).toThrow(/only https/);
});
