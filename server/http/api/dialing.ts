import { desc, eq } from 'drizzle-orm';
import { z } from 'zod';
import type { Database } from '../../../db/connection.ts';
import { dialDecisions } from '../../../db/schema/index.ts';
import { callWindowsSchema } from '../../dialing/call-windows.ts';
import type { DialSettings } from '../../dialing/house-settings.ts';
import { type DialPolicy, dialPolicySchema, type Pause, pauseSchema } from '../../dialing/policy.ts';
import type { CallPreferences, PinChange, Preferences } from '../../dialing/preferences.ts';
import { present, type Route, route } from '../routes.ts';
import { dialPolicyShape, pauseShape, preferencesShape } from '../shapes/dialing.ts';
import { versionShape } from '../shapes/version.ts';
import { subjectOf } from './budgets.ts';
import { phoneNumber, timeZone } from './fields.ts';
import { ofUser } from './relationship-scope.ts';
import { withVersion } from './versioned.ts';

export interface DialingRoutesParts {
  db: Database;
  settings: DialSettings;
  preferences: Preferences;
  /** Has calls under way say goodbye that stand still now. @returns how many. */
  stopPaused(pause: Pause): Promise<number>;
}

/** Who may be called, when and how often: the house's figures, a user's own, and what was decided by them. */
export function dialingRoutes({ db, settings, preferences, stopPaused }: DialingRoutesParts): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/settings/dialing',
      role: 'admin',
      summary: 'By which figures it is decided whether a number may be rung.',
      answer: {
        status: 200,
        description: 'All of them, with the number of their version.',
        schema: dialPolicyShape,
      },
      handle: async () => withVersion(await settings.policy()),
    }),
    route({
      method: 'patch',
      path: '/api/settings/dialing',
      role: 'admin',
      summary: 'Changes some of these figures; the others stay.',
      body: dialPolicySchema.partial().extend({ version: versionShape }),
      answer: { status: 200, description: 'All of them as they are now.', schema: dialPolicyShape },
      handle: async ({ body: { version: seen, ...change } }) =>
        withVersion(await settings.changePolicy(present(change) as Partial<DialPolicy>, seen)),
    }),
    route({
      method: 'get',
      path: '/api/settings/pause',
      role: 'admin',
      summary: 'Which calls stand still.',
      answer: {
        status: 200,
        description: 'The house, personas and payers, with the number of the version.',
        schema: pauseShape,
      },
      handle: async () => withVersion(await settings.pause()),
    }),
    route({
      method: 'put',
      path: '/api/settings/pause',
      role: 'admin',
      summary: 'Has calls stand still: all, those of some personas, or of some payers.',
      body: pauseSchema.extend({ version: versionShape, endsLiveCalls: z.boolean().default(false) }),
      answer: {
        status: 200,
        description:
          'What stands still now. Calls under way go on to their end, unless endsLiveCalls is set.',
      },
      handle: async ({ body: { version: seen, endsLiveCalls, ...pause } }) => {
        const paused = withVersion(await settings.changePause(pause, seen));
        return { ...paused, ending: endsLiveCalls ? await stopPaused(pause) : 0 };
      },
    }),
    route({
      method: 'get',
      path: '/api/dial-decisions',
      role: 'admin',
      summary:
        'Whether calls might be made, each time that was asked, and by what it was decided; newest first.',
      query: z.object({
        to: phoneNumber.optional(),
        callId: z.uuid().optional(),
        limit: z.coerce.number().int().min(1).max(500).default(100),
      }),
      answer: { status: 200, description: 'The decisions with their facts.' },
      handle: async ({ actor, query }) => ({
        decisions: await db.as(actor, (tx) => {
          const all = tx.select().from(dialDecisions).$dynamic();
          if (query.to !== undefined) all.where(eq(dialDecisions.toNumber, query.to));
          else if (query.callId !== undefined) all.where(eq(dialDecisions.callId, query.callId));
          return all.orderBy(desc(dialDecisions.at)).limit(query.limit);
        }),
      }),
    }),
    route({
      method: 'get',
      path: '/api/user/call-preferences',
      role: 'user',
      summary: 'When and how often a user wants to be called.',
      query: ofUser,
      answer: {
        status: 200,
        description: 'Their hours and limits, and when they may be called next.',
        schema: preferencesShape,
      },
      handle: ({ actor, query }) => preferences.of(actor, subjectOf(actor, query.userId)),
    }),
    route({
      method: 'patch',
      path: '/api/user/call-preferences',
      role: 'user',
      summary: 'Changes when and how often a user wants to be called; null takes a wish back.',
      query: ofUser,
      body: z.strictObject({
        timeZone: timeZone.nullable().optional(),
        windows: callWindowsSchema.nullable().optional(),
        attemptsPerDay: z.number().int().min(0).max(50).nullable().optional(),
        trustsAttestation: z.boolean().optional(),
        pin: z
          .string()
          .regex(/^\d{4,8}$/, 'four to eight digits')
          .nullable()
          .optional(),
      }),
      answer: { status: 200, description: 'Their wishes as they are now.', schema: preferencesShape },
      handle: ({ actor, query, body }) =>
        preferences.change(
          actor,
          subjectOf(actor, query.userId),
          present(body) as Partial<CallPreferences> & PinChange,
        ),
    }),
  ];
}
