import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { RingbackError } from '../errors.ts';
import { packageRoot } from '../paths.ts';

const frontMatter = z.object({
  name: z.string().min(1),
  onBehalfOf: z.string().min(1),
  voice: z.string().min(1),
  template: z.enum(['supportive', 'accountability', 'celebration']),
  traits: z.array(z.string()),
  /** How quickly it takes its turn and gives it up. */
  turnTaking: z.enum(['conservative', 'balanced', 'aggressive']).default('balanced'),
  /** How it says that the budget runs low; without it, the house's words. */
  budgetNotice: z.string().min(1).optional(),
});

/** A persona as its Markdown file describes it. */
export interface Persona extends z.infer<typeof frontMatter> {
  slug: string;
  /** The Markdown below the front matter: who the persona is. */
  description: string;
}

const SLUG = /^[a-z][a-z0-9-]{0,39}$/;

/** Reads prompts/personas/<slug>.md. */
export async function loadPersona(slug: string): Promise<Persona> {
  const unknown = new RingbackError('persona_unknown', `There is no persona "${slug}".`, {
    remedy: 'Use the file name of one in prompts/personas, without .md.',
  });
  if (!SLUG.test(slug)) throw unknown;
  const file = path.join(packageRoot, 'prompts', 'personas', `${slug}.md`);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw unknown;
    throw error;
  }
  const match = /^---\n(.*?)\n---\n(.*)$/s.exec(text);
  const parsed = frontMatter.safeParse(parseYaml(match?.[1] ?? ''));
  if (match === null || !parsed.success) {
    throw new RingbackError('persona_invalid', `prompts/personas/${slug}.md has no valid front matter.`, {
      remedy: parsed.success
        ? 'Begin the file with a block between two lines of ---.'
        : z.prettifyError(parsed.error),
    });
  }
  return { ...parsed.data, slug, description: (match[2] ?? '').trim() };
}
