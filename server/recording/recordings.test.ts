import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { recordingPieces, recordings as recordingRows } from '../../db/schema/index.ts';
import { openTemporaryDatabase, type TemporaryDatabase } from '../../db/temporary.ts';
import { CallStore } from '../call/store.ts';
import { systemClock } from '../clock.ts';
import { RateCards } from '../cost/rate-card-store.ts';
import { Funding } from '../payments/funding.ts';
import { Keys } from '../security/keys.ts';
import { derivedMasterKey } from '../security/master-keys.ts';
import { eraseRecordings } from './erasing.ts';
import { Recordings } from './recordings.ts';

const SYSTEM = { kind: 'system', purpose: 'test' } as const;

let database: TemporaryDatabase;
beforeAll(async () => {
  database = await openTemporaryDatabase();
});
afterAll(() => database?.close());

it('what a download leaves that a deletion overtook, and that broke off, goes with the carrier’s copy', async () => {
  const { db } = database;
  const rateCards = new RateCards(db, systemClock);
  await rateCards.ensureDefaults();
  const user = await new CallStore(db).ensureUser(SYSTEM, '+15550610', 'Alice');
  const { call } = await db.as(SYSTEM, (tx) =>
    new Funding(db, rateCards, 'on_subtotal').sponsor(tx, {
      userId: user.id,
      persona: 'brad',
      toNumber: '+15550610',
      fromNumber: '+15550199',
      direction: 'outbound',
    }),
  );
  const recordings = new Recordings(db, await Keys.open(db, [derivedMasterKey(database.ownerUrl)]));
  await recordings.expect(call.id, user.id);
  const [row] = await db.as(SYSTEM, (tx) => tx.select().from(recordingRows));
  if (row === undefined) throw new Error('it was not noted');
  const pieces = () =>
    db.as(SYSTEM, (tx) => tx.select().from(recordingPieces).where(eq(recordingPieces.recordingId, row.id)));
  const sound = (async function* () {
    await db.as(SYSTEM, (tx) => eraseRecordings(tx, [call.id]));
    yield new Uint8Array(300_000);
    throw new Error('the download broke off');
  })();
  await expect(recordings.store(row, sound, { seconds: 10, keptDays: 30 })).rejects.toThrow('broke off');
  expect(await pieces()).not.toEqual([]);
  await recordings.removedAtCarrier(row);
  expect(await pieces()).toEqual([]);
});
