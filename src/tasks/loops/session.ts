/** Opens a model as loops run it: what goes round stays where the model is, the rest is read. */
import { RuntimeError } from '../../core/errors.ts';
import type { Signature } from '../../core/onnx/signature.ts';
import type {
  Feeds,
  HeldValue,
  ModelFiles,
  Runtime,
  Session,
  SessionOptions,
  Value,
} from '../../core/runtime.ts';
import type { LoopSession } from './loop.ts';
import { statesOf } from './states.ts';

export { statesOf } from './states.ts';

/** A loop session that also runs as plain sessions do, and has an end. */
export interface OpenLoopSession extends LoopSession {
  /** Runs once and reads every output, states too. Errors: RuntimeError. */
  run(feeds: Feeds): Promise<Readonly<Record<string, Value>>>;
  release(): Promise<void>;
}

/**
 * Makes a session of a model with these inputs and outputs. States stay on the device where the
 * runtime can keep them there, and go through this thread's memory elsewhere. Errors: ModelError for
 * a damaged file, RuntimeError for what the runtime can't run.
 */
export async function openLoopSession(
  runtime: Runtime,
  files: ModelFiles,
  { inputs, outputs }: Pick<LoopSession, 'inputs' | 'outputs'>,
  options: SessionOptions = {},
): Promise<OpenLoopSession> {
  const states = statesOf(inputs, outputs);
  const signature = { inputs, outputs, states };
  const hold = states.map(({ output }) => output);
  const { step, release } =
    hold.length > 0 && runtime.createStatefulSession
      ? await runtime.createStatefulSession(files, { ...options, hold })
      : stateful(await runtime.createSession(files, options), hold);
  const session: LoopSession = { ...signature, step: (feeds, held) => step(feeds, held) };
  return { ...session, run: (feeds) => runWhole(session, feeds), release: () => release() };
}

/** One run from its feeds alone, of which every output is read. Errors: RuntimeError. */
export async function runWhole(
  session: LoopSession,
  feeds: Feeds,
): Promise<Readonly<Record<string, Value>>> {
  const { outputs, held } = await session.step(feeds, {});
  try {
    const entries = Object.entries(held).map(
      async ([name, value]) => [name, await value.read()] as const,
    );
    const values: Readonly<Record<string, Value>> = {
      ...outputs,
      ...Object.fromEntries(await Promise.all(entries)),
    };
    return inOrder(session.outputs, values);
  } finally {
    releaseAll(held);
  }
}

/** As the model lists its outputs: views show them in this order. */
function inOrder(
  outputs: readonly Signature[],
  values: Readonly<Record<string, Value>>,
): Readonly<Record<string, Value>> {
  const place = new Map(outputs.map(({ name }, index) => [name, index]));
  const entries = Object.entries(values);
  return Object.fromEntries(entries.sort(([a], [b]) => (place.get(a) ?? 0) - (place.get(b) ?? 0)));
}

/** Frees values that no later run takes. */
export function releaseAll(held: Readonly<Record<string, HeldValue>>): void {
  for (const value of Object.values(held)) value.release();
}

/** A plain session whose states are read and fed again. */
function stateful(
  session: Session,
  hold: readonly string[],
): Pick<OpenLoopSession, 'step' | 'release'> {
  const kept = new WeakMap<HeldValue, Value>();
  const keep = (value: Value): HeldValue => {
    const held = { dims: value.dims, read: () => Promise.resolve(value), release: () => undefined };
    kept.set(held, value);
    return held;
  };
  const valueOf = (held: HeldValue): Value => {
    const value = kept.get(held);
    if (value) return value;
    throw new RuntimeError('A held value came from another session. Use the one that made it.');
  };
  return {
    async step(feeds, held) {
      const states = Object.entries(held).map(([name, value]) => [name, valueOf(value)] as const);
      const values = await session.run({ ...feeds, ...Object.fromEntries(states) });
      const part = (stays: boolean) =>
        Object.entries(values).filter(([name]) => hold.includes(name) === stays);
      return {
        outputs: Object.fromEntries(part(false)),
        held: Object.fromEntries(part(true).map(([name, value]) => [name, keep(value)])),
      };
    },
    release: () => session.release(),
  };
}
