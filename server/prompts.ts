import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { packageRoot } from './paths.ts';

/** The text of a file in prompts/, such as templates/system.md. */
export function readPrompt(name: string): Promise<string> {
  return readFile(path.join(packageRoot, 'prompts', name), 'utf8');
}

/** Replaces {{name}}, once: what a value says is not read again. A name without a value is a mistake in the template and throws. */
export function fillPrompt(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`the prompt template asks for {{${name}}}, which no call has`);
    return value;
  });
}
