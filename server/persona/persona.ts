import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { RingbackError } from '../errors.ts';
import { packageRoot } from '../paths.ts';
import { type PersonaSettings, personaSettings } from './persona-settings.ts';

/** In place of a voice: of a persona that is a memory alone, and makes no calls. */
export const NO_VOICE = 'elevenlabs';

/** A persona as its Markdown file describes it. */
export interface Persona extends PersonaSettings {
  slug: string;
  /** The Markdown below the front matter: who the persona is. */
  description: string;
}

const SLUG = /^[a-z][a-z0-9-]{0,39}$/;

/** The personas that come with this version: every file in prompts/personas. */
export async function personaFiles(): Promise<Persona[]> {
  const folder = path.join(packageRoot, 'prompts', 'personas');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.md')).sort();
  return Promise.all(
    names.map(async (name) =>
      parsePersona(name.slice(0, -3), await readFile(path.join(folder, name), 'utf8')),
    ),
  );
}

/** @throws RingbackError `persona_invalid` that says what is wrong with the file. */
export function parsePersona(slug: string, text: string): Persona {
  const match = /^---\n(.*?)\n---\n(.*)$/s.exec(text);
  const parsed = personaSettings.safeParse(parseYaml(match?.[1] ?? ''));
  if (match !== null && parsed.success && SLUG.test(slug))
    return { ...parsed.data, slug, description: (match[2] ?? '').trim() };
  throw new RingbackError('persona_invalid', `prompts/personas/${slug}.md is no valid persona.`, {
    remedy: parsed.success
      ? 'Begin the file with a block between two lines of ---, and name it in small letters, digits and hyphens.'
      : z.prettifyError(parsed.error),
  });
}

/** What a persona is called in texts and on pages, from its short name alone. */
export function nameOf(persona: string): string {
  return `${persona[0]?.toUpperCase()}${persona.slice(1)}`;
}
