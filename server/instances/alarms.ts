import type { Actor, Database, Transaction } from '../../db/connection.ts';
import { clearAlert, raiseAlert } from '../announcing/alerts.ts';
import type { DialSettings } from '../dialing/house-settings.ts';
import type { Sweep } from '../jobs/runner.ts';
import type { HouseFigures } from './house-figures.ts';

/** A state of the house that a person has to know of. */
interface Alarm {
  kind: string;
  /** What to tell while it holds; null when it does not. */
  tells(figures: HouseFigures, limits: AlarmLimits): string | null;
}

export interface AlarmLimits {
  /** What the house lets the calls of an hour come to. */
  committedCentsPerHour: number;
}

const EVERY_MS = 30_000;
/** Told before the gate refuses: there is time to look. */
const SPEND_SHARE = 0.8;
/** Fewer answered calls than this say nothing of a rate. */
const CALLS_FOR_A_RATE = 20;
const COMPLETION_AT_LEAST = 0.95;
/** A number that carriers have begun to label as spam is picked up by far fewer people than before. */
const RUNG_FOR_A_RATE = 50;
const PICK_UPS_FALLEN_TO = 0.5;

export const ALARMS: readonly Alarm[] = [
  {
    kind: 'spend',
    tells: ({ committedCents }, { committedCentsPerHour }) =>
      committedCents >= committedCentsPerHour * SPEND_SHARE
        ? `the calls of the last hour may cost ${committedCents} cents; at ${committedCentsPerHour} no more are made`
        : null,
  },
  {
    kind: 'settlement-stuck',
    tells: ({ lateSettlements }) =>
      lateSettlements > 0
        ? `the money of ${lateSettlements} ended calls has not come to rest for ten minutes; see Stripe’s status and the log`
        : null,
  },
  {
    kind: 'vendor-down',
    tells: ({ vendorsDown }) =>
      vendorsDown.length > 0
        ? `cannot be used, or is left alone after failing: ${vendorsDown.join(', ')}`
        : null,
  },
  {
    kind: 'completion',
    tells: ({ answered, completion }) =>
      answered >= CALLS_FOR_A_RATE && completion !== null && completion < COMPLETION_AT_LEAST
        ? `of ${answered} answered calls of the last hour ${percent(completion)} ended as calls should`
        : null,
  },
  {
    kind: 'number-health',
    tells: ({ pickUps: { rung, share, shareBefore } }) =>
      rung >= RUNG_FOR_A_RATE &&
      share !== null &&
      shareBefore !== null &&
      share < shareBefore * PICK_UPS_FALLEN_TO
        ? `${percent(share)} of ${rung} calls of the last day were picked up, ${percent(shareBefore)} in the week before: look whether carriers label the number as spam (attestation, branded calling); another number is no remedy`
        : null,
  },
  {
    kind: 'velocity',
    tells: ({ velocityRules }) =>
      velocityRules.length > 0
        ? `calls were refused within the hour because too many were wanted: ${velocityRules.join(', ')}; see GET /api/dial-decisions`
        : null,
  },
  {
    kind: 'webhooks-given-up',
    tells: ({ webhooksGivenUp }) =>
      webhooksGivenUp > 0
        ? `${webhooksGivenUp} webhooks of the last day were given up; see the deliveries of each endpoint`
        : null,
  },
];

function percent(share: number): string {
  return `${Math.floor(share * 1_000) / 10} %`;
}

export interface AlarmParts {
  db: Database;
  settings: DialSettings;
  houseFigures(): Promise<HouseFigures>;
}

const SYSTEM: Actor = { kind: 'system', purpose: 'watch over the house' };

/** Raises an alert where something holds that a person has to know of, and clears it where it does not any more. */
export function alarmSweep({ db, settings, houseFigures }: AlarmParts): Sweep {
  return {
    name: 'watch over the house',
    everyMs: EVERY_MS,
    run: async () => {
      const figures = await houseFigures();
      const { value: policy } = await settings.policy();
      await db.as(SYSTEM, (tx) => judge(tx, figures, policy));
    },
  };
}

async function judge(tx: Transaction, figures: HouseFigures, limits: AlarmLimits): Promise<void> {
  for (const { kind, tells } of ALARMS) {
    const detail = tells(figures, limits);
    if (detail === null) await clearAlert(tx, kind);
    else await raiseAlert(tx, null, kind, detail);
  }
}
