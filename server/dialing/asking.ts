import { and, desc, eq, isNull, sql } from 'drizzle-orm';
import type { Actor, Database } from '../../db/connection.ts';
import { consentQuestions } from '../../db/schema/index.ts';
import { RingbackError } from '../errors.ts';
import { type Consents, giveConsent } from './consents.ts';
import type { Suppressions } from './suppressions.ts';

export interface AskingParts {
  db: Database;
  consents: Consents;
  suppressions: Suppressions;
  /** Texts a question at the house's expense. */
  textQuestion(to: string, text: string): Promise<void>;
}

/** So often a number is asked, and so long a YES answers the question. */
const ONCE_IN = '1 day';
const ANSWERABLE_FOR = '7 days';
const SYSTEM: Actor = { kind: 'system', purpose: 'ask for consent' };

/** Asks people by text whether they want to be called: their YES is consent, and shows that the number is theirs. */
export class Asking {
  readonly #parts: AskingParts;

  constructor(parts: AskingParts) {
    this.#parts = parts;
  }

  /** @throws RingbackError `number_suppressed`, `asked_lately`, or what the carrier says. */
  async ask(to: string, persona: string, displayName: string): Promise<{ textShown: string }> {
    const { db, suppressions, textQuestion } = this.#parts;
    await suppressions.assertNotSuppressed(to);
    const textShown = `${displayName}, may ${persona}, an AI voice of Ringback, call you on this number? Reply YES to agree and that you are 18 or older, STOP for no calls and texts. Msg rates may apply.`;
    await db.as(SYSTEM, async (tx) => {
      await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`ask:${to}`}, 0))`);
      const [lately] = await tx
        .select({ id: consentQuestions.id })
        .from(consentQuestions)
        .where(
          and(
            eq(consentQuestions.phoneNumber, to),
            sql`${consentQuestions.askedAt} > now() - ${ONCE_IN}::interval`,
          ),
        );
      if (lately !== undefined)
        throw new RingbackError('asked_lately', 'This number was asked within the last day.', {
          remedy: 'Wait for the answer; a phone that buzzes twice says no.',
        });
      await tx.insert(consentQuestions).values({ phoneNumber: to, textShown });
    });
    await textQuestion(to, textShown);
    return { textShown };
  }

  /** Somebody wrote YES. @returns whether there was a question that this answers. */
  async answerYes(from: string): Promise<boolean> {
    const { db, consents } = this.#parts;
    const answered = await db.as(SYSTEM, async (tx) => {
      const [question] = await tx
        .select()
        .from(consentQuestions)
        .where(
          and(
            eq(consentQuestions.phoneNumber, from),
            isNull(consentQuestions.answeredAt),
            sql`${consentQuestions.askedAt} > now() - ${ANSWERABLE_FOR}::interval`,
          ),
        )
        .orderBy(desc(consentQuestions.askedAt))
        .limit(1)
        .for('update');
      if (question === undefined) return false;
      await tx
        .update(consentQuestions)
        .set({ answeredAt: sql`now()` })
        .where(eq(consentQuestions.id, question.id));
      const { textShown } = question;
      for (const kind of ['calls', 'adult'] as const)
        await giveConsent(tx, { phoneNumber: from, kind, given: 'text', textShown });
      return true;
    });
    if (answered) await consents.prove(from, 'text');
    return answered;
  }
}
