import type { Browser, BrowserContext, Page } from 'playwright-core';
import { openSession } from '../../server/http/access/sessions.ts';
import type { TestApp } from '../app.ts';
import { newVisitor } from './chromium.ts';

/** People who are signed in already, each in a browser of their own, until the end of a test. */
export class Visitors {
  readonly #test: TestApp;
  readonly #browser: Browser;
  readonly #open: BrowserContext[] = [];

  constructor(test: TestApp, browser: Browser) {
    this.#test = test;
    this.#browser = browser;
  }

  async signedIn(
    holder: Parameters<typeof openSession>[1],
    colorScheme: 'light' | 'dark' = 'light',
  ): Promise<Page> {
    const visitor = await this.#visitor(colorScheme);
    const value = await openSession(this.#test.database.db, holder);
    await visitor.addCookies([{ name: 'ringback', value, url: this.#test.app.publicBaseUrl }]);
    return visitor.newPage();
  }

  async stranger(): Promise<Page> {
    return (await this.#visitor('light')).newPage();
  }

  async leave(): Promise<void> {
    for (const visitor of this.#open.splice(0)) await visitor.close();
  }

  async #visitor(colorScheme: 'light' | 'dark'): Promise<BrowserContext> {
    const visitor = await newVisitor(this.#browser, colorScheme);
    this.#open.push(visitor);
    return visitor;
  }
}
