import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../db/connection.ts';
import { openTemporaryDatabase, type TemporaryDatabase } from '../../db/temporary.ts';
import { systemClock } from '../clock.ts';
import { RateCards } from './rate-card-store.ts';

const SYSTEM = { kind: 'system', purpose: 'test' } as const;

let database: TemporaryDatabase;
let single: Database;
beforeAll(async () => {
  database = await openTemporaryDatabase();
  single = openDatabase(database.serverUrl, { maxConnections: 1 });
});
afterAll(async () => {
  await single.close();
  await database.close();
});

describe('price lists', () => {
  it('are read over the connection of who asks: many calls at once do not wait for each other’s', async () => {
    const cards = new RateCards(single, systemClock);
    await cards.ensureDefaults();
    const { retail, vendor } = await single.as(SYSTEM, (tx) => cards.inForce(tx));
    expect([retail.kind, vendor.kind]).toEqual(['retail', 'vendor']);
    expect(await cards.byId(retail.id)).toBe(retail);
  }, 10_000);
});
