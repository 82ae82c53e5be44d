import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import type { ConversationConfig, RecordingWish } from '../call/conversation/configuration.ts';
import { tunablesFor } from '../call/conversation/tunables.ts';
import { fillPrompt, readPrompt } from '../prompts.ts';
import { spokenMoment } from '../zoned-time.ts';
import type { Persona } from './persona.ts';
import { quoted } from './prompt-text.ts';

/** Everything that has to be known before a call can be spoken. */
export interface Briefing {
  config: ConversationConfig;
  calleeName: string;
  /** For a callee who is known to be on the line. */
  systemPrompt: string;
  /** Until then: nothing of it is remembered. */
  strangerPrompt: string;
  voice: string;
  keyterms: string[];
}

const spokenLines = z.object({
  reprompts: z.array(z.string()),
  fillers: z.array(z.string().min(1)),
  budgetNotice: z.string(),
  voicemail: z.string().min(1),
  screening: z.string().min(1),
  disclosure: z.string().min(1),
  quiet: z.string().min(1),
  pinRight: z.string().min(1),
  pinWrong: z.string().min(1),
  safety: z.string().min(1),
  recording: z.object({
    question: z.string().min(1),
    announcement: z.string().min(1),
    begun: z.string().min(1),
    declined: z.string().min(1),
    ended: z.string().min(1),
  }),
  apology: z.string().min(1),
  goodbyes: z.object({
    'caller-hung-up': z.string(),
    'persona-said-goodbye': z.string(),
    'asked-to-stop': z.string().min(1),
    machine: z.string(),
    silence: z.string(),
    loop: z.string(),
    'budget-exhausted': z.string(),
    'approval-revoked': z.string(),
    'model-failed': z.string(),
    'hearing-failed': z.string(),
    'voice-failed': z.string(),
    requested: z.string(),
    draining: z.string(),
    'line-protocol-error': z.string(),
    'time-limit': z.string(),
  }),
});

const proofLines = z.object({ pin: z.string().min(1), 'call-back': z.string().min(1) });

/** Whom a call is for, and what is known of them. */
export interface Callee {
  displayName: string;
  timeZone: string;
  ageBand: 'adult' | 'minor' | null;
  /** Who the persona is, without anything about the callee. */
  core: string;
  /** The prompt of who the persona is and what it remembers of them. */
  remembered: string;
  /** What the persona may begin with, once it knows who answered; null when nothing was prepared. */
  firstMessage: string | null;
  /** Whether they have talked before, so that a persona with nothing prepared begins in general words. */
  talkedBefore: boolean;
  /** Whether they agreed to a message on their voicemail. */
  takesMessages: boolean;
  /** Whether they are asked if the call may be recorded, or have agreed to that; null where nothing is recorded. */
  recording: 'ask' | 'agreed' | null;
  /** Inbound: how it can be shown that the number is theirs; null where that is certain. */
  canProve: 'pin' | 'call-back' | null;
  /** What nobody has asked them yet, such as "what they want to reach". */
  unknown: readonly string[];
}

/**
 * Composes the prompt and the opening. The opening names the persona, says that it is an AI and asks who answered; it is
 * the same for everybody, because a number is a claim.
 * @param wallMs the time that it is now.
 */
export async function brief(
  persona: Persona,
  callee: Callee,
  direction: 'outbound' | 'inbound',
  wallMs: number,
): Promise<Briefing> {
  const [system, stranger, opening, onboarding, general, manner, lines, unproven, minor] = await Promise.all([
    readPrompt('templates/system.md'),
    readPrompt('templates/stranger.md'),
    readPrompt(direction === 'outbound' ? 'templates/opening.md' : 'templates/opening-inbound.md'),
    readPrompt('templates/onboarding.md'),
    readPrompt('templates/first-message.md'),
    readPrompt(`templates/${persona.template}.md`),
    readPrompt('spoken-lines.yaml'),
    readPrompt('templates/unproven.yaml'),
    readPrompt('templates/minor.md'),
  ]);
  const begin = callee.firstMessage ?? (callee.talkedBefore ? general.trim() : null);
  const calleeName = quoted(callee.displayName);
  const values = {
    manner: manner.trim(),
    now: spokenMoment(wallMs, callee.timeZone),
    onboarding:
      callee.unknown.length === 0
        ? ''
        : `- ${fillPrompt(onboarding, { unknown: callee.unknown.join(', ') }).trim()}`,
    minor: callee.ageBand === 'minor' ? fillPrompt(minor, { calleeName }).trim() : '',
    core: callee.core,
    remembered: callee.remembered,
    beginWith: begin === null ? '' : ` Then you may begin with: "${quoted(begin)}"`,
    began: direction === 'outbound' ? 'You called' : 'They called you, and you speak',
    proof: callee.canProve === null ? '' : proofLines.parse(parseYaml(unproven))[callee.canProve],
    personaName: persona.name,
    onBehalfOf: persona.onBehalfOf,
    calleeName,
  };
  const spoken = spokenLines.parse(parseYaml(lines));
  return {
    config: {
      direction,
      opening: fillPrompt(opening, values).trim(),
      ...spoken,
      screening: fillPrompt(spoken.screening, values),
      disclosure: fillPrompt(spoken.disclosure, values),
      voicemail: callee.takesMessages ? fillPrompt(spoken.voicemail, values) : '',
      ...(persona.budgetNotice === undefined ? {} : { budgetNotice: persona.budgetNotice }),
      recording: wishOf(spoken.recording, callee, calleeName),
      tunables: tunablesFor(persona.turnTaking),
    },
    calleeName,
    systemPrompt: fillPrompt(system, values).trim(),
    strangerPrompt: fillPrompt(stranger, values).trim(),
    voice: persona.voice,
    keyterms: [persona.name, calleeName],
  };
}

function wishOf(
  lines: z.infer<typeof spokenLines>['recording'],
  { recording, canProve }: Callee,
  calleeName: string,
): RecordingWish | null {
  if (recording === null) return null;
  return { ...lines, calleeName, isAgreed: recording === 'agreed', awaitsPin: canProve !== null };
}
