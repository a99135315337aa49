/** config.json as transformers.js wants it beside a model that it shall find without being told. */
import type { FileStem } from './dtype.ts';
import { suffixes } from './dtype.ts';

type Json = Readonly<Record<string, unknown>>;

const isObject = (json: unknown): json is Json =>
  typeof json === 'object' && json !== null && !Array.isArray(json);

/** The object in a config.json; undefined where it is none. */
export function parseConfig(text: string): Json | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return isObject(json) ? json : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The configuration with `transformers.js_config` naming the dtype, and how many files of external
 * data there are. What it says for single devices would go before that, so it goes.
 */
export function configFor(config: Json, { component, dtype }: FileStem, dataFiles: number): Json {
  const given = isObject(config[key]) ? config[key] : {};
  const devices = given['device_config'];
  const others = isObject(given['dtype']) ? given['dtype'] : {};
  const data = isObject(given[format]) && component !== 'model' ? given[format] : {};
  const file = fileOf({ component, dtype });
  // By name, or by component for all dtypes of it: neither may speak for the new file.
  const parts = {
    ...without(data, file, component),
    ...(dataFiles > 0 ? { [file]: dataFiles } : {}),
  };
  return {
    ...config,
    [key]: {
      ...without(given, format, 'device_config'),
      dtype: component === 'model' ? dtype : { ...others, [component]: dtype },
      ...(Object.keys(parts).length > 0 ? { [format]: parts } : {}),
      ...(isObject(devices) ? { device_config: withoutFiles(devices) } : {}),
    },
  };
}

const key = 'transformers.js_config';
const format = 'use_external_data_format';

/** `model_q4.onnx`. */
export const fileOf = ({ component, dtype }: FileStem): string =>
  `${component}${suffixes[dtype]}.onnx`;

function withoutFiles(devices: Json): Json {
  const kept = Object.entries(devices).map(([device, settings]) => [
    device,
    isObject(settings) ? without(settings, 'dtype', format) : settings,
  ]);
  return Object.fromEntries(kept) as Json;
}

const without = (json: Json, ...keys: readonly string[]): Json =>
  Object.fromEntries(Object.entries(json).filter(([name]) => !keys.includes(name)));
