/** Sounds of whatever format the browser knows. */
import type { AudioInput } from '../../../tasks/audio.ts';

/** One channel, the mean of all, at `rate` samples a second. Errors: words that say what to give instead. */
export async function decodeSound(file: Blob, rate: number): Promise<AudioInput> {
  // Browsers take 8 to 96 kHz for certain; the task resamples from there.
  const allowed = Math.min(96_000, Math.max(8000, rate));
  const context = new OfflineAudioContext(1, 1, allowed);
  let sound: AudioBuffer;
  try {
    sound = await context.decodeAudioData(await file.arrayBuffer());
  } catch (error) {
    throw new Error(
      'This browser reads no sound in this file. Give it a .wav, .mp3, .ogg, .m4a or .flac file.',
      { cause: error },
    );
  }
  return { samples: mono(sound), rate: sound.sampleRate };
}

function mono(sound: AudioBuffer): Float32Array {
  const channels = Array.from({ length: sound.numberOfChannels }, (_, channel) =>
    sound.getChannelData(channel),
  );
  const [first] = channels;
  if (first && channels.length === 1) return first.slice();
  const mixed = new Float32Array(sound.length);
  for (const channel of channels) {
    for (let at = 0; at < mixed.length; at++) mixed[at]! += channel[at]! / channels.length;
  }
  return mixed;
}
