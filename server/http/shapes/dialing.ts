import { z } from 'zod';
import { callWindowsSchema } from '../../dialing/call-windows.ts';
import { dialPolicySchema, pauseSchema } from '../../dialing/policy.ts';
import { recordingPolicySchema } from '../../recording/policy.ts';
import { versionShape } from './version.ts';

/** Who may be called, when and how often, as the API tells it. */

const moment = z.iso.datetime();

export const dialPolicyShape = dialPolicySchema.extend({ version: versionShape });
export const pauseShape = pauseSchema.extend({ version: versionShape });
export const recordingPolicyShape = recordingPolicySchema.extend({ version: versionShape });

export const preferencesShape = z.object({
  timeZone: z.string().nullable(),
  windows: callWindowsSchema.nullable(),
  attemptsPerDay: z.number().int().nullable(),
  trustsAttestation: z.boolean(),
  hasPin: z.boolean(),
  nextCallingTime: moment.nullable(),
});
export type PreferencesShape = z.infer<typeof preferencesShape>;

export const scheduleShape = z.object({
  id: z.uuid(),
  userId: z.uuid(),
  displayName: z.string(),
  persona: z.string(),
  /** By the clock on the callee's wall: once on a date, or on some weekdays (Monday is 1). */
  atTime: z.string(),
  onDate: z.iso.date().nullable(),
  days: z.array(z.number().int()),
  everyWeeks: z.number().int(),
  timeZone: z.string().nullable(),
  mandateId: z.uuid().nullable(),
  madeBy: z.enum(['admin', 'user', 'call']),
  pausedAt: moment.nullable(),
  nextAt: moment.nullable(),
});
export type ScheduleShape = z.infer<typeof scheduleShape>;
export const schedulesShape = z.object({ schedules: z.array(scheduleShape) });

export const suppressionShape = z.object({
  id: z.uuid(),
  phoneNumber: z.string(),
  source: z.enum(['voice', 'key', 'text', 'web', 'admin', 'wrong-number']),
  callId: z.uuid().nullable(),
  at: moment,
  liftedAt: moment.nullable(),
});
export type SuppressionShape = z.infer<typeof suppressionShape>;
export const suppressionsShape = z.object({ suppressions: z.array(suppressionShape) });

export const consentShape = z.object({
  id: z.uuid(),
  phoneNumber: z.string(),
  kind: z.enum(['calls', 'texts', 'voicemail', 'recording', 'guardian', 'adult']),
  given: z.enum(['web', 'text', 'voice', 'inbound', 'attested']),
  textShown: z.string(),
  at: moment,
  withdrawnAt: moment.nullable(),
});
export type ConsentShape = z.infer<typeof consentShape>;
export const consentsShape = z.object({ consents: z.array(consentShape), proven: z.boolean().optional() });
