import type { Actor, Database, Transaction } from '../../db/connection.ts';
import { changeSetting, readSetting, type Versioned } from '../settings.ts';
import { type DialPolicy, dialPolicySchema, NOTHING_PAUSED, type Pause, pauseSchema } from './policy.ts';

const SYSTEM: Actor = { kind: 'system', purpose: 'dial settings' };

/** What the admins set for dialling: the policy's figures, and what stands still. */
export class DialSettings {
  readonly #db: Database;
  readonly #defaults: DialPolicy;

  /** @param defaults hold for what nobody has set. */
  constructor(db: Database, defaults: DialPolicy) {
    this.#db = db;
    this.#defaults = defaults;
  }

  /** Only what differs from the defaults is stored, so that a new figure comes with its default. */
  async policyIn(tx: Transaction): Promise<Versioned<DialPolicy>> {
    const row = await readSetting(tx, 'dialing');
    const own = row === undefined ? {} : dialPolicySchema.partial().parse(row.value);
    return { version: row?.version ?? 0, value: { ...this.#defaults, ...own } as DialPolicy };
  }

  async pauseIn(tx: Transaction): Promise<Versioned<Pause>> {
    const row = await readSetting(tx, 'pause');
    return {
      version: row?.version ?? 0,
      value: row === undefined ? NOTHING_PAUSED : pauseSchema.parse(row.value),
    };
  }

  policy(): Promise<Versioned<DialPolicy>> {
    return this.#db.as(SYSTEM, (tx) => this.policyIn(tx));
  }

  pause(): Promise<Versioned<Pause>> {
    return this.#db.as(SYSTEM, (tx) => this.pauseIn(tx));
  }

  /**
   * Changes some figures; the others stay.
   * @param seen the version that the change was made from.
   * @throws RingbackError `setting_changed` when somebody else was quicker.
   */
  changePolicy(change: Partial<DialPolicy>, seen: number): Promise<Versioned<DialPolicy>> {
    return this.#db.as(SYSTEM, async (tx) => {
      const before = await readSetting(tx, 'dialing');
      await changeSetting(tx, 'dialing', { ...(before?.value as object), ...change }, seen);
      return this.policyIn(tx);
    });
  }

  /** @throws RingbackError `setting_changed` when somebody else was quicker. */
  changePause(pause: Pause, seen: number): Promise<Versioned<Pause>> {
    return this.#db.as(SYSTEM, async (tx) => {
      await changeSetting(tx, 'pause', pause, seen);
      return this.pauseIn(tx);
    });
  }
}
