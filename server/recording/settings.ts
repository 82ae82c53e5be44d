import type { Actor, Database } from '../../db/connection.ts';
import { changeSetting, readSetting, type Versioned } from '../settings.ts';
import { type RecordingPolicy, recordingPolicySchema } from './policy.ts';

/** Nothing is recorded unless an admin wants it; 90 days are long enough to settle a dispute about a card payment. */
export const NO_RECORDING: RecordingPolicy = { records: false, keptDays: 90 };

const SYSTEM: Actor = { kind: 'system', purpose: 'recording settings' };
const NAME = 'recording';

export class RecordingSettings {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async policy(): Promise<Versioned<RecordingPolicy>> {
    const row = await this.#db.as(SYSTEM, (tx) => readSetting(tx, NAME));
    const own = row === undefined ? {} : recordingPolicySchema.partial().parse(row.value);
    return { version: row?.version ?? 0, value: { ...NO_RECORDING, ...own } as RecordingPolicy };
  }

  /**
   * Changes what is given; the rest stays. What is stored already is kept as long as was said when it was stored.
   * @param seen the version that the change was made from. @throws RingbackError `setting_changed`.
   */
  async change(change: Partial<RecordingPolicy>, seen: number): Promise<Versioned<RecordingPolicy>> {
    await this.#db.as(SYSTEM, async (tx) => {
      const before = await readSetting(tx, NAME);
      await changeSetting(tx, NAME, { ...(before?.value as object), ...change }, seen);
    });
    return this.policy();
  }
}
