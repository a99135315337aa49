/** Which grays a model of digits was trained on, where nothing beside it tells: its answers do. */
import type { InputSpec } from '../../core/evaluate/inputs.ts';
import type { Model } from '../../core/onnx/types.ts';
import { writeOnnx } from '../../core/onnx/write.ts';
import type { Runtime } from '../../core/runtime.ts';
import { digitAnswer, feedOf, guessScaling, imageOf, type Scaling } from '../digits.ts';
import { sampleDigits } from '../sample-digits.ts';

/** The scaling under which the model knows most of the sample digits. Errors: RuntimeError. */
export async function guessedScaling(
  model: Model,
  input: InputSpec,
  runtime: Runtime,
): Promise<Scaling> {
  const session = await runtime.createSession(writeOnnx(model));
  try {
    const { scaling } = await guessScaling(sampleDigits.map(imageOf), async (image, tried) => {
      const outputs = await session.run({ [input.name]: feedOf(image, input, tried) });
      const [output] = Object.values(outputs);
      return output ? digitAnswer(output).probabilities : [];
    });
    return scaling;
  } finally {
    await session.release();
  }
}
