import { eq } from 'drizzle-orm';
import type { Actor, Database } from '../../db/connection.ts';
import { payers } from '../../db/schema/index.ts';
import type { Suppressions } from '../dialing/suppressions.ts';
import { describeError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { PayerReference } from '../payments/payers.ts';
import type { Texts } from './texts.ts';

export interface PayLinkParts {
  db: Database;
  texts: Texts;
  suppressions: Suppressions;
  log: Logger;
}

/** Texts a payer the link with which they approve. @returns whether the carrier took it; the link works either way. */
export type TextPayLink = (payer: PayerReference, body: string) => Promise<boolean>;

const SYSTEM: Actor = { kind: 'system', purpose: 'text a payer a link' };

export function payLinkTexts({ db, texts, suppressions, log }: PayLinkParts): TextPayLink {
  return async (payer, body) => {
    const to = 'name' in payer ? (payer.phoneNumber ?? null) : await numberOf(db, payer.id);
    if (to === null || (await suppressions.isSuppressed(to))) return false;
    try {
      await texts.send(to, 'approval-link', `${body} Reply STOP for no more texts.`);
      return true;
    } catch (error) {
      log.warn({ problem: describeError(error) }, 'a payer could not be texted a link');
      return false;
    }
  };
}

async function numberOf(db: Database, payerId: string): Promise<string | null> {
  const [row] = await db.as(SYSTEM, (tx) =>
    tx.select({ phoneNumber: payers.phoneNumber }).from(payers).where(eq(payers.id, payerId)),
  );
  return row?.phoneNumber ?? null;
}
