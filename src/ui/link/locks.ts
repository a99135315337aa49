/**
 * What a link can take away from a class that works through it: each row is one group of controls.
 * For keeping a lesson's thread, not for security: the visitor can always unlock.
 */
export const locks = {
  recipe: { label: 'Recipe', summary: 'adding, changing and removing steps; variants as well' },
  variants: { label: 'Variants', summary: 'showing other variants, swapping the sides' },
  presets: { label: 'Presets', summary: 'recipes with a name' },
  options: { label: 'Options', summary: 'the options of each step' },
  model: { label: 'Model', summary: 'opening another model' },
  devices: { label: 'Devices', summary: 'choosing what each side runs on' },
  scrubber: { label: 'Scrubber', summary: 'the slider of bits, zeros and rank' },
  inspect: { label: 'Inspect', summary: 'the panel that looks into the model' },
  sensitivity: { label: 'Sensitivity', summary: 'the panel of widths by layer' },
  lab: { label: 'Lab', summary: 'the panel of measurements' },
  export: { label: 'Download', summary: 'taking the result home' },
  share: { label: 'Share', summary: 'making another link' },
} as const;

export type LockId = keyof typeof locks;
/** `locked`: seen and out of reach. `hidden`: not there. */
export type Lock = 'locked' | 'hidden';
export type Locks = Readonly<Partial<Record<LockId, Lock>>>;

export const lockIds = Object.keys(locks) as readonly LockId[];

export const isLockId = (id: string): id is LockId => Object.hasOwn(locks, id);
