import type { Rule } from './brain.ts';

/** What the small speaker does when it is asked to call again: it knows tomorrow, and the hours of a day by their names. */

const HOURS = [
  'eight',
  'nine',
  'ten',
  'eleven',
  'noon',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
];
const FIRST_HOUR = 8;

export const CALL_BACK_RULES: readonly Rule[] = [
  {
    when: /\bcall me (?:back |again )?tomorrow at (\w+)/i,
    answer: ({ tools, now }, [, hour = '']) => {
      const at = HOURS.indexOf(hour.toLowerCase());
      if (at < 0 || now === null || !tools.has('schedule_call_back')) return null;
      const day = new Date(Date.parse(`${now} 12:00 UTC`) + 24 * 3_600_000).toISOString().slice(0, 10);
      const time = `${String(FIRST_HOUR + at).padStart(2, '0')}:00`;
      return { text: '', tool: { name: 'schedule_call_back', args: { at: `${day}T${time}` } } };
    },
  },
];

/** What the tool answered, in words; null for other tools. */
export function speakCallBack(tool: string, value: Record<string, unknown>): string | null {
  return tool === 'schedule_call_back' ? `I will call you on ${String(value.planned_for)}.` : null;
}
