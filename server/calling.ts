import type { Database } from '../db/connection.ts';
import { CallBackOffers } from './call/call-back-offers.ts';
import { callBacksOf } from './call/call-backs.ts';
import { CallMe } from './call/call-me.ts';
import { carrierPriceSweep } from './call/carrier-prices.ts';
import { Dialer } from './call/dialer.ts';
import { Calls } from './call/lifecycle.ts';
import type { Voices } from './call/live-call.ts';
import { OngoingCalls } from './call/ongoing.ts';
import { orphanSweep } from './call/orphans.ts';
import type { CallMeter, Carrier } from './call/ports.ts';
import { Preparation } from './call/preparation.ts';
import type { CallRecords } from './call/records.ts';
import { ScheduledCalls } from './call/scheduled-calls.ts';
import { CallStore, theirNumber } from './call/store.ts';
import { Watching } from './call/watching.ts';
import { systemClock } from './clock.ts';
import type { Config } from './config.ts';
import { budgetNotices } from './cost/budget-notices.ts';
import type { BookHouseCosts } from './cost/house-costs.ts';
import type { RateCards } from './cost/rate-card-store.ts';
import { Asking } from './dialing/asking.ts';
import { Attempts, DIAL_JOB } from './dialing/attempts.ts';
import { Consents } from './dialing/consents.ts';
import { DialGate } from './dialing/gate.ts';
import { DialSettings } from './dialing/house-settings.ts';
import { Pins } from './dialing/pins.ts';
import { defaultPolicy } from './dialing/policy.ts';
import { Preferences } from './dialing/preferences.ts';
import { RUN_SCHEDULE_JOB, Schedules } from './dialing/schedules.ts';
import type { Suppressions } from './dialing/suppressions.ts';
import { consentRoutes } from './http/api/consents.ts';
import { dialingRoutes } from './http/api/dialing.ts';
import { scheduleRoutes } from './http/api/schedules.ts';
import { suppressionRoutes } from './http/api/suppressions.ts';
import type { Route } from './http/routes.ts';
import { alarmSweep } from './instances/alarms.ts';
import type { HouseFigures } from './instances/house-figures.ts';
import type { Job, Sweep } from './jobs/runner.ts';
import type { Logger } from './log.ts';
import { Funding } from './payments/funding.ts';
import type { RecordingCarrier } from './recording/ports.ts';
import type { Recordings } from './recording/recordings.ts';
import { openRecording } from './recording.ts';
import type { Remembering } from './remembering.ts';
import type { Keys } from './security/keys.ts';
import type { Texts } from './telephony/texts.ts';

export interface CallingParts {
  config: Config;
  db: Database;
  rateCards: RateCards;
  bookHouseCosts: BookHouseCosts;
  keys: Keys;
  records: CallRecords;
  carrier: Carrier;
  recordingCarrier: RecordingCarrier;
  texts: Texts;
  suppressions: Suppressions;
  publicBaseUrl: string;
  remembering: Remembering;
  voices: Voices;
  metrics: CallMeter;
  houseFigures(): Promise<HouseFigures>;
  /** Whether this process could carry another call in time. */
  hasRoom(): boolean;
  log: Logger;
}

/** Everything about calls from the wish for one to its end, and about who may be called, put together. */
export interface Calling {
  store: CallStore;
  calls: Calls;
  dialer: Dialer;
  funding: Funding;
  attempts: Attempts;
  consents: Consents;
  asking: Asking;
  settings: DialSettings;
  offers: CallBackOffers;
  preparation: Preparation;
  watching: Watching;
  callMe: CallMe;
  recordings: Recordings;
  collectSoon(callId: string): Promise<void>;
  /** Whose audio flows through this process. */
  liveCalls(): number;
  routes: Route[];
  jobs: Readonly<Record<string, Job>>;
  sweeps: readonly Sweep[];
}

export function openCalling(parts: CallingParts): Calling {
  const { config, db, rateCards, carrier, remembering, texts, suppressions, publicBaseUrl, log } = parts;
  const store = new CallStore(db);
  const funding = new Funding(db, rateCards, config.feePolicy);
  const consents = new Consents(db);
  const settings = new DialSettings(db, defaultPolicy(config.live));
  const attempts = new Attempts(db, settings);
  const asking = new Asking({
    db,
    consents,
    suppressions,
    textQuestion: (to, text) => texts.send(to, 'consent-question', text),
  });
  const ongoing = new OngoingCalls(systemClock, parts.metrics);
  const gate = new DialGate({
    db,
    settings,
    pretend: !config.live,
    vendorCeiling: config.vendorCeiling,
    onlyNumbers: config.sandboxMoneyNumbers,
    log,
  });
  const pins = new Pins(db);
  const schedules = new Schedules(db);
  const preferences = new Preferences(db, settings);
  const recording = openRecording({ db, keys: parts.keys, consents, carrier: parts.recordingCarrier, log });
  const shared = {
    ...remembering,
    ...parts,
    consents,
    pins,
    store,
    funding,
    attempts,
    ongoing,
    recordingOf: recording.recordingOf,
    meter: parts.metrics,
    clock: systemClock,
  };
  const preparation = new Preparation(shared);
  const dialer = new Dialer({ ...shared, preparation, gate, settings });
  const calls = new Calls({
    ...shared,
    dialer,
    preparation,
    callBacksOf: (call) => callBacksOf({ db, schedules, preferences }, call),
    recorderOf: (call, carrierSid, { config: { recording: wish } }) =>
      wish === null
        ? null
        : recording.recorder({
            callId: call.id,
            userId: call.userId,
            carrierSid,
            phoneNumber: theirNumber(call),
            question: wish.isAgreed ? null : wish.question,
          }),
    tellBudgetWarning: budgetNotices(db, (tx, text) => texts.queue(tx, text), log),
  });
  const offers = new CallBackOffers({
    dialer,
    asking,
    textApprovalLink: (to, text) => texts.send(to, 'approval-link', text),
    publicBaseUrl,
    log,
  });
  const scheduled = new ScheduledCalls({ db, dialer, clock: systemClock, log });
  return {
    store,
    calls,
    dialer,
    funding,
    attempts,
    consents,
    asking,
    settings,
    offers,
    preparation,
    watching: new Watching({ db, store, ongoing, clock: systemClock, log }),
    liveCalls: () => ongoing.live.length,
    callMe: new CallMe({ db, settings, consents, dialer, offers, log }),
    recordings: recording.recordings,
    collectSoon: recording.collectSoon,
    routes: [
      ...recording.routes,
      ...suppressionRoutes({ suppressions, consents }),
      ...consentRoutes({ consents, asking, suppressions, personas: remembering.personas }),
      ...scheduleRoutes({ schedules, store }),
      ...dialingRoutes({
        db,
        settings,
        preferences,
        stopPaused: async (pause) => {
          const live = await store.liveOf(pause);
          await Promise.all(live.map((callId) => calls.stop(callId, 'requested')));
          return live.length;
        },
      }),
    ],
    jobs: {
      ...recording.jobs,
      [DIAL_JOB]: ({ callId = '' }) => dialer.dial(callId),
      [RUN_SCHEDULE_JOB]: ({ runId = '' }) => scheduled.run(runId),
    },
    sweeps: [
      ...recording.sweeps,
      attempts.sweep,
      schedules.sweep,
      orphanSweep({ store, funding, carrier, attempts, clock: systemClock, log }),
      carrierPriceSweep({ db, carrier, rateCards, log }),
      alarmSweep({ db, settings, houseFigures: parts.houseFigures }),
    ],
  };
}
