/** The names of a model's classes, from wherever they lie. */
import { labelsOf, type ModelFacts } from '../facts.ts';
import { fileNameOf, isRecord, type Files } from '../files.ts';

/** `labels.txt`, `imagenet_class_index.json`, `synset_words.txt` … */
const mayNameClasses = /(label|class|synset|categor).*\.(txt|json)$/i;

/** From config.json, else from a list beside the model that has as many names, else `class 0` … */
export async function labelsBeside(
  model: Pick<ModelFacts, 'config'>,
  files: Files,
  count: number,
): Promise<readonly string[]> {
  const configured = labelsOf(model, count);
  if (configured) return configured;
  for (const [path, blob] of files) {
    if (!mayNameClasses.test(fileNameOf(path)) || blob.size > 1_000_000) continue;
    const names = namesIn(await blob.text(), count);
    if (names) return names;
  }
  return Array.from({ length: count }, (_, id) => `class ${id}`);
}

/** A name per line, a JSON list, or a JSON object by id; undefined unless there are `count` names. */
function namesIn(text: string, count: number): readonly string[] | undefined {
  const lines = text.trim().split(/\r?\n/);
  const list = jsonList(text, count) ?? lines.map(withoutSynset);
  const isNamed = (name: unknown): name is string => typeof name === 'string' && name !== '';
  return list.length === count && list.every(isNamed) ? list : undefined;
}

function jsonList(text: string, count: number): readonly unknown[] | undefined {
  try {
    const json: unknown = JSON.parse(text);
    if (Array.isArray(json)) return json.map(lastOf);
    if (!isRecord(json)) return undefined;
    return Array.from({ length: count }, (_, id) => lastOf(json[id]));
  } catch {
    return undefined;
  }
}

/** ImageNet's index has pairs of a synset and a name. */
const lastOf = (entry: unknown): unknown => (Array.isArray(entry) ? entry.at(-1) : entry);

/** `n01440764 tench, Tinca tinca` → `tench, Tinca tinca`. */
const withoutSynset = (line: string): string => line.trim().replace(/^n\d{8}\s+/, '');
