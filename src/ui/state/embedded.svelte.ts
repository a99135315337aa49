/** The models that come with the page. */
import type { ModelCard } from '../../zoo/card.ts';
import type { NamedBlob } from '../../store/model-file.ts';

const folder = new URL('./models/', document.baseURI);

class Embedded {
  /** Undefined until known. */
  cards = $state.raw<readonly ModelCard[] | undefined>();

  /** Reads the list, once. A page without embedded models has none. */
  async start(): Promise<void> {
    this.cards ??= await list().catch(() => []);
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

async function get(path: string): Promise<Response> {
  const response = await fetch(new URL(path, folder)).catch(() => undefined);
  if (response?.ok) return response;
  const reason = response ? `the server answered ${response.status}` : 'there is no connection';
  throw new Error(
    `"${path}", which belongs to this page, could not be loaded: ${reason}. Reload the page, or try again later.`,
  );
}

export const embedded = new Embedded();
