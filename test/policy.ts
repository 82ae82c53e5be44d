import { expect } from 'vitest';
import type { TestApp } from './app.ts';

type Figures = Record<string, unknown>;

/** Changes figures of the dial policy, and puts them back. */
export class PolicyChanges {
  readonly #changed: Figures[] = [];

  async make(test: TestApp, change: Figures): Promise<void> {
    const before = (await test.api('/api/settings/dialing')).json as Figures;
    await this.#write(test, change);
    this.#changed.push(Object.fromEntries(Object.keys(change).map((key) => [key, before[key]])));
  }

  async undo(test: TestApp): Promise<void> {
    for (const before of this.#changed.splice(0).reverse()) await this.#write(test, before);
  }

  async #write(test: TestApp, change: Figures): Promise<void> {
    const { version } = (await test.api('/api/settings/dialing')).json as { version: number };
    const body = { version, ...change };
    expect((await test.api('/api/settings/dialing', { method: 'PATCH', body })).status).toBe(200);
  }
}
