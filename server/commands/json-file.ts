import { readFile } from 'node:fs/promises';
import { RingbackError } from '../errors.ts';

/** What a file of JSON says. @throws RingbackError `import_invalid` where it is none. */
export async function readJsonFile(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RingbackError('import_invalid', `${file} is not JSON.`, { remedy: (error as Error).message });
  }
}
