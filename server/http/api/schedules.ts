import { z } from 'zod';
import { GAP_RULES } from '../../../db/schema/schedules.ts';
import type { CallStore } from '../../call/store.ts';
import type { ScheduleChange, Schedules, ScheduleWish } from '../../dialing/schedules.ts';
import { present, type Route, route } from '../routes.ts';
import { schedulesShape } from '../shapes/dialing.ts';
import { callee, timeZone } from './fields.ts';
import { ofUser } from './relationship-scope.ts';

export interface ScheduleRoutesParts {
  schedules: Schedules;
  store: CallStore;
}

const localDate = z.iso.date();
const localTime = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'a time such as 09:00');
const weekdays = z
  .array(z.number().int().min(1).max(7))
  .min(1)
  .max(7)
  .transform((days) => [...new Set(days)].sort());
const oneSchedule = z.object({ id: z.uuid() });

/** What can be changed later; `at` is the customer's word for the local time. */
const times = {
  at: localTime,
  onDate: localDate.optional(),
  days: weekdays.optional(),
  untilDate: localDate.nullable().optional(),
  timeZone: timeZone.nullable().optional(),
  gap: z.enum(GAP_RULES).optional(),
  retries: z.number().int().min(0).max(2).optional(),
  windowMinutes: z.number().int().min(1).max(1_440).optional(),
};

/** Calls that are to be made later, once or again and again, by the clock on the callee's wall. */
export function scheduleRoutes({ schedules, store }: ScheduleRoutesParts): Route[] {
  return [
    route({
      method: 'post',
      path: '/api/schedules',
      role: 'admin',
      summary: 'Plans a call for a date, or for some weekdays, at a time of the callee’s own clock.',
      body: z
        .strictObject({
          ...callee,
          persona: z.string().min(1).max(40).default('brad'),
          ...times,
          everyWeeks: z.number().int().min(1).max(52).optional(),
          fromDate: localDate.optional(),
          mandateId: z.uuid().optional(),
          commitmentId: z.uuid().optional(),
        })
        .refine(({ onDate, days }) => (onDate === undefined) !== (days === undefined), {
          message: 'give onDate for one call, or days for many',
          path: ['onDate'],
        }),
      answer: { status: 201, description: 'The schedule, with its next occurrences.' },
      handle: async ({ actor, body: { to, displayName, at, ...wish } }) => {
        const user = await store.ensureUser(actor, to, displayName);
        const schedule = await schedules.create({
          userId: user.id,
          atTime: at,
          madeBy: 'admin',
          ...present(wish),
        } as ScheduleWish);
        return schedules.view(actor, schedule.id);
      },
    }),
    route({
      method: 'get',
      path: '/api/schedules',
      role: 'user',
      summary: 'Calls that are planned, the next one first.',
      query: ofUser,
      answer: {
        status: 200,
        description: 'A user’s own; for admins all, or those of a user.',
        schema: schedulesShape,
      },
      handle: async ({ actor, query }) => ({
        schedules: await schedules.list(actor, query.userId ?? null),
      }),
    }),
    route({
      method: 'get',
      path: '/api/schedules/:id',
      role: 'user',
      summary: 'A schedule, its next occurrences, and what became of the latest.',
      params: oneSchedule,
      answer: { status: 200, description: 'Occurrences by local time and moment.' },
      handle: ({ actor, params }) => schedules.view(actor, params.id),
    }),
    route({
      method: 'patch',
      path: '/api/schedules/:id',
      role: 'user',
      summary: 'Changes when a scheduled call is made, or pauses it.',
      params: oneSchedule,
      body: z.strictObject({ ...times, at: localTime.optional(), paused: z.boolean().optional() }),
      answer: { status: 200, description: 'The schedule as it is now.' },
      handle: async ({ actor, params, body: { at, ...change } }) => {
        const atTime = at === undefined ? {} : { atTime: at };
        await schedules.change(actor, params.id, { ...present(change), ...atTime } as ScheduleChange);
        return schedules.view(actor, params.id);
      },
    }),
    route({
      method: 'post',
      path: '/api/schedules/:id/skip',
      role: 'user',
      summary: 'Leaves out one call: that of a date, or the next.',
      params: oneSchedule,
      body: z.strictObject({ date: localDate.optional() }).default({}),
      answer: { status: 200, description: 'The schedule as it is now.' },
      handle: async ({ actor, params, body }) => {
        await schedules.skip(actor, params.id, body.date ?? null);
        return schedules.view(actor, params.id);
      },
    }),
    route({
      method: 'delete',
      path: '/api/schedules/:id',
      role: 'user',
      summary: 'Ends a schedule.',
      params: oneSchedule,
      answer: { status: 200, description: 'There are no more calls of it.' },
      handle: async ({ actor, params }) => {
        await schedules.end(actor, params.id);
        return { id: params.id, ended: true };
      },
    }),
  ];
}
