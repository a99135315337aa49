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
  const others = isObject(given['dtype']) ? given['dtype'] : {};
  const data = isObject(given['use_external_data_format']) ? given['use_external_data_format'] : {};
  const { device_config: devices, use_external_data_format: _, ...rest } = given;
  const format = {
    ...data,
    ...(dataFiles > 0 ? { [fileOf({ component, dtype })]: dataFiles } : {}),
  };
  return {
    ...config,
    [key]: {
      ...rest,
      dtype: component === 'model' ? dtype : { ...others, [component]: dtype },
      ...(Object.keys(format).length > 0 ? { use_external_data_format: format } : {}),
      ...(isObject(devices) ? { device_config: withoutFiles(devices) } : {}),
    },
  };
}

const key = 'transformers.js_config';

/** `model_q4.onnx`. */
export const fileOf = ({ component, dtype }: FileStem): string =>
  `${component}${suffixes[dtype]}.onnx`;

function withoutFiles(devices: Json): Json {
  const kept = Object.entries(devices).map(([device, settings]) => {
    if (!isObject(settings)) return [device, settings];
    const { dtype: _, use_external_data_format: __, ...others } = settings;
    return [device, others];
  });
  return Object.fromEntries(kept) as Json;
}
