/** Names a training, so that it can be found again: by models, options, samples and seed. */
import { sha256 } from '../../onnx/hash.ts';
import type { Random } from '../../math/random.ts';
import type { Model } from '../../onnx/types.ts';
import { writeOnnx } from '../../onnx/write.ts';
import type { Samples } from '../training.ts';

interface Named {
  readonly student: Model;
  readonly trained: readonly string[];
  readonly teacher: Model;
  readonly plan: object;
  readonly samples: Samples;
  readonly random: Random;
}

/** 64 hexadecimal digits, the same in every session for the same training. */
export async function trainingKey(named: Named, signal: AbortSignal): Promise<string> {
  const { student, teacher, trained, plan, samples, random } = named;
  const seed = random.fork('training key');
  const parts = {
    student: await hashFiles(student, signal),
    teacher: await hashFiles(teacher, signal),
    trained,
    plan,
    samples: [samples.label, samples.count],
    seed: [seed.word(), seed.word()],
  };
  return sha256(new TextEncoder().encode(JSON.stringify(parts)));
}

async function hashFiles(model: Model, signal: AbortSignal): Promise<string> {
  const { onnx, external } = writeOnnx(model);
  const hashes = [await sha256(onnx, signal)];
  for (const blob of external.values()) hashes.push(await sha256(blob, signal));
  return hashes.join(' ');
}
