/** The models that come with the page, and what they said when they were recorded. */
import type { Recipe } from '../../core/compress/recipe.ts';
import type { Source } from '../../store/entry.ts';
import type { ModelCard } from '../../zoo/card.ts';
import type { Glimpse } from '../../zoo/glimpse.ts';
import type { NamedBlob } from '../../store/model-file.ts';

const folder = new URL('./models/', document.baseURI);

class Embedded {
  /** Undefined until known. */
  cards = $state.raw<readonly ModelCard[] | undefined>();
  /** By the id of the model; absent until known, and where nothing was recorded. */
  glimpses = $state.raw<ReadonlyMap<string, Glimpse>>(new Map());
  #reading: Promise<void> | undefined;

  /** Reads the list and what was recorded, once. A page without embedded models has none. */
  start(): Promise<void> {
    return (this.#reading ??= this.#read());
  }

  async #read(): Promise<void> {
    const cards = await list().catch(() => []);
    // A card without one says what the model is, and opens it all the same.
    const found = await Promise.all(
      cards.map(async ({ id }) => [id, await glimpseOf(id).catch(() => undefined)] as const),
    );
    const glimpses = found.flatMap(([id, glimpse]) => (glimpse ? [[id, glimpse] as const] : []));
    this.glimpses = new Map(glimpses);
    this.cards = cards;
  }

  /** What the card of a model that came from here shows, so that opening it shows the same; undefined for other models. */
  async promised(source: Source | undefined): Promise<Recipe | undefined> {
    if (source?.kind !== 'embedded') return undefined;
    await this.start();
    return this.glimpses.get(source.id)?.recipe;
  }

  /** The files of a model. Errors: Error that names the file which did not come. */
  async load({ id, files }: ModelCard): Promise<readonly NamedBlob[]> {
    return Promise.all(
      files.map(async (path) => ({
        path: `${id}/${path}`,
        blob: await (await get(`${id}/${path}`)).blob(),
      })),
    );
  }
}

async function list(): Promise<readonly ModelCard[]> {
  return (await (await get('index.json')).json()) as readonly ModelCard[];
}

async function glimpseOf(id: string): Promise<Glimpse> {
  return (await (await get(`${id}/glimpse.json`)).json()) as Glimpse;
}

async function get(path: string): Promise<Response> {
  const response = await fetch(new URL(path, folder)).catch(() => undefined);
  if (response?.ok) return response;
  const reason = response ? `the server answered ${response.status}` : 'there is no connection';
  throw new Error(
    `"${path}", which belongs to this page, could not be loaded: ${reason}. Reload the page, or try again later.`,
  );
}

export const embedded = new Embedded();
