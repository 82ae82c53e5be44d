import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { startTestApp, type TestApp } from '../app.ts';
import type { TestSandbox } from '../sandbox.ts';
import { openChromium } from './chromium.ts';
import { Visitors } from './visitors.ts';

/** A whole server and a browser, for all tests of a file; those who visit leave after each. */
export class House {
  readonly test: TestApp;
  readonly browser: Browser;
  readonly visitors: Visitors;
  #nextNumber = 15_551_400;

  constructor(test: TestApp, browser: Browser) {
    this.test = test;
    this.browser = browser;
    this.visitors = new Visitors(test, browser);
  }

  /** The address of a page of the panel. */
  at(path: string): string {
    return `${this.test.app.publicBaseUrl}/app${path}`;
  }

  /** A phone number that nobody has. */
  newNumber(): string {
    return `+${this.#nextNumber++}`;
  }

  /** @returns the id of a user who has not been called yet. */
  async newUser(displayName: string, phoneNumber = this.newNumber()): Promise<string> {
    const [user] = await this.test.database.db.as({ kind: 'system', purpose: 'test' }, (tx) =>
      tx.execute<{ id: string }>(
        `insert into users (phone_number, display_name) values ('${phoneNumber}', '${displayName}') returning id`,
      ),
    );
    if (user === undefined) throw new Error('the user was not made');
    return user.id;
  }

  /** Opens a page as an admin. */
  async admin(path: string, colorScheme: 'light' | 'dark' = 'light'): Promise<Page> {
    const page = await this.visitors.signedIn({ role: 'admin' }, colorScheme);
    await page.goto(this.at(path));
    return page;
  }

  /** Opens a page as a user. */
  async user(userId: string, path: string, colorScheme: 'light' | 'dark' = 'light'): Promise<Page> {
    const page = await this.visitors.signedIn({ role: 'user', userId }, colorScheme);
    await page.goto(this.at(path));
    return page;
  }
}

export interface HouseOptions {
  openSandbox?: () => Promise<TestSandbox>;
  /** Variables beside those of the stand-ins. */
  environment?: Record<string, string>;
  /** Of the browser. */
  switches?: () => Promise<string[]>;
}

/** Opens a house before the tests of a file and closes it after them. @returns where it is found meanwhile. */
export function useHouse({ openSandbox, environment = {}, switches }: HouseOptions = {}): () => House {
  let house: House | undefined;
  const theHouse = () => {
    if (house === undefined) throw new Error('the house is not open yet');
    return house;
  };
  beforeAll(async () => {
    const test = await startTestApp(environment, openSandbox);
    house = new House(test, await openChromium(await switches?.()));
  });
  afterEach(() => house?.visitors.leave());
  afterAll(async () => {
    await house?.browser.close();
    await house?.test.close();
  });
  return theHouse;
}
