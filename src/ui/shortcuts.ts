/** Keys that act anywhere in the workspace, one row each. Single characters can be switched off (WCAG 2.1.4). */
import { goTo, pressAt, type PlaceId } from './places.ts';
import { announcer } from './state/announcer.svelte.ts';
import type { LockId } from './link/locks.ts';
import { locked } from './state/locks.svelte.ts';
import { variantName } from './state/variants.svelte.ts';
import type { PanelId, Workspace } from './state/workspace.svelte.ts';

/** What shortcuts act on. */
export interface Bench {
  readonly workspace: Workspace;
  /** Shows the list of shortcuts. */
  readonly help: () => void;
}

export interface Shortcut {
  /** As it stands on the keyboard: one character, which Shift may be needed for, or `Mod+…` with Ctrl or ⌘. */
  readonly keys: readonly string[];
  readonly label: string;
  readonly act: (bench: Bench) => void;
}

/** What of a key press tells which shortcut it is. */
export type KeyPress = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>;

const panelIds: readonly PanelId[] = ['receipt', 'inspect', 'sensitivity', 'lab'];

export const shortcuts: readonly Shortcut[] = [
  { keys: ['Mod+Z'], label: 'Undo the last change of the recipe', act: undo },
  { keys: ['Mod+Shift+Z', 'Mod+Y'], label: 'Redo it', act: redo },
  { keys: ['r'], label: 'Go to the recipe', act: () => void goTo('recipe') },
  { keys: ['t'], label: 'Go to the task', act: () => void goTo('task') },
  { keys: ['v'], label: 'Go to the variants', act: () => void goTo('history') },
  ...panelIds.map((id, index) => ({
    keys: [String(index + 1)],
    label: `Show the panel “${id[0]!.toUpperCase()}${id.slice(1)}”`,
    act: ({ workspace }: Bench) => {
      if (id !== 'receipt' && isKept(id)) return;
      workspace.panel = id;
      void goTo('panels');
    },
  })),
  { keys: ['p'], label: 'Show the variant before on the edited side', act: (on) => step(on, -1) },
  { keys: ['n'], label: 'Show the next variant on the edited side', act: (on) => step(on, 1) },
  {
    keys: ['x'],
    label: 'Swap the sides',
    act: ({ workspace }) => workspace.swap(),
  },
  { keys: ['e'], label: 'Let the recipe edit the other side', act: editOther },
  { keys: ['s'], label: 'Share', act: () => press('share') },
  {
    keys: ['d'],
    label: 'Download the compressed model',
    act: () => press('download'),
  },
  { keys: ['?'], label: 'Show this list', act: ({ help }) => help() },
];

/** The shortcut that a key press is; undefined for none. `single` says whether those of one character count. */
export function shortcutOf(
  { key, ctrlKey, metaKey, altKey, shiftKey }: KeyPress,
  single: boolean,
): Shortcut | undefined {
  if (altKey) return undefined;
  const isMod = ctrlKey || metaKey;
  if (!isMod && !single) return undefined;
  const letter = key.length === 1 ? key.toUpperCase() : key;
  // Whether a sign needs Shift depends on the keyboard; letters must come without.
  const isShiftedLetter = shiftKey && /^[a-z]$/i.test(key);
  const pressed = isMod ? `Mod+${shiftKey ? 'Shift+' : ''}${letter}` : isShiftedLetter ? '' : key;
  return shortcuts.find(({ keys }) =>
    keys.includes(pressed.length === 1 ? pressed.toLowerCase() : pressed),
  );
}

/** Listens until the returned function is called. */
export function obeyShortcuts(bench: () => Bench): () => void {
  const obey = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.repeat || isTaken(event.target)) return;
    const shortcut = shortcutOf(event, singleKeys.on);
    if (!shortcut) return;
    event.preventDefault();
    shortcut.act(bench());
  };
  addEventListener('keydown', obey);
  return () => removeEventListener('keydown', obey);
}

const storageKey = 'scrunch:single-keys';

/** Whether shortcuts of one character are on; kept for later visits. */
export const singleKeys = {
  get on(): boolean {
    try {
      return localStorage.getItem(storageKey) !== 'off';
    } catch {
      return true;
    }
  },
  set on(on: boolean) {
    try {
      if (on) localStorage.removeItem(storageKey);
      else localStorage.setItem(storageKey, 'off');
    } catch {
      // A window without storage keeps them on.
      return;
    }
  },
};

/** Where letters are typed or chosen by, or something lies over the page, keys mean something else. */
function isTaken(target: EventTarget | null): boolean {
  if (document.querySelector('dialog[open], [role="menu"]')) return true;
  if (!(target instanceof Element)) return false;
  const typed = 'textarea, select, [contenteditable], [role="listbox"], [role="textbox"]';
  if (target.closest(typed)) return true;
  return (
    target instanceof HTMLInputElement && !['radio', 'checkbox', 'range'].includes(target.type)
  );
}

/** Says so where a link keeps these controls out of reach. */
function isKept(id: LockId): boolean {
  if (locked.isLocked(id)) announcer.say(locked.reason(id));
  return locked.isLocked(id);
}

function undo({ workspace: { recipe } }: Bench): void {
  if (isKept('recipe')) return;
  announcer.say(recipe.canUndo ? 'Undone.' : 'There is nothing to undo.');
  recipe.undo();
}

function redo({ workspace: { recipe } }: Bench): void {
  if (isKept('recipe')) return;
  announcer.say(recipe.canRedo ? 'Done again.' : 'There is nothing to redo.');
  recipe.redo();
}

function step({ workspace }: Bench, by: -1 | 1): void {
  const { all } = workspace.variants;
  const at = all.findIndex(({ id }) => id === workspace.shown[workspace.editing]);
  const variant = all[at + by];
  if (!variant || at < 0) return;
  announcer.say(`${variantName(variant)}.`);
  void workspace.show(workspace.editing, variant.id);
}

function editOther({ workspace }: Bench): void {
  workspace.edit(workspace.editing === 'original' ? 'compressed' : 'original');
}

function press(id: PlaceId): void {
  if (!pressAt(id)) announcer.say('There is nothing to share or download yet.');
}
