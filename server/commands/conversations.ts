import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { and, desc, eq, sql } from 'drizzle-orm';
import { callSummaries, calls, callTurns, users } from '../../db/schema/index.ts';
import { INBOX_JOB } from '../elevenlabs/inbox.ts';
import { transcription } from '../elevenlabs/payload.ts';
import { RingbackError } from '../errors.ts';
import { type House, OPERATOR, personOf, withHouse } from './house.ts';
import { progress, show, table } from './output.ts';
import { needed, runSubcommand } from './subcommands.ts';

const USAGE = `npx ringback conversations [--user +15551230000] [--limit 20] [--json]   the last conversations
npx ringback conversations show <id> [--json]                            one of them, line by line
npx ringback conversations import <file or folder> [--json]              post-call payloads of ElevenLabs (.json);
                                                                         the same again adds nothing twice
`;

export function conversations(args: string[]): Promise<void> {
  return runSubcommand(USAGE, { show: showOne, import: importPayloads }, args, list);
}

async function list(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      user: { type: 'string' },
      limit: { type: 'string', default: '20' },
      json: { type: 'boolean' },
    },
  });
  const limit = Number(values.limit);
  if (!Number.isInteger(limit) || limit < 1)
    throw new RingbackError('usage', `--limit is "${values.limit}".`, {
      remedy: 'Give a whole number from 1.',
    });
  await withHouse(async (house) => {
    const userId = values.user === undefined ? null : (await personOf(house.db, values.user)).id;
    const rows = await lastConversations(house, userId, limit);
    show(values.json === true, rows, () => table(rows));
  });
}

async function lastConversations({ db }: House, userId: string | null, limit: number) {
  const rows = await db.as(OPERATOR, (tx) =>
    tx
      .select({
        id: calls.id,
        at: calls.createdAt,
        persona: calls.persona,
        phone: users.phoneNumber,
        name: users.displayName,
        lines: sql<number>`(select count(*)::int from call_turns t where t.call_id = ${calls.id})`,
        ended: calls.endReason,
        summary: callSummaries.summary,
      })
      .from(calls)
      .innerJoin(users, eq(users.id, calls.userId))
      .leftJoin(callSummaries, eq(callSummaries.callId, calls.id))
      .where(userId === null ? undefined : eq(calls.userId, userId))
      .orderBy(desc(calls.createdAt))
      .limit(limit),
  );
  return rows.map(({ at, ...row }) => ({ at: at.toISOString().slice(0, 16).replace('T', ' '), ...row }));
}

async function showOne(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    options: { json: { type: 'boolean' } },
    allowPositionals: true,
  });
  const [id = ''] = needed(USAGE, positionals, 'The id of the conversation');
  await withHouse(async ({ db }) => {
    const turns = await db.as(OPERATOR, (tx) =>
      tx
        .select({ seq: callTurns.seq, speaker: callTurns.speaker, text: callTurns.text })
        .from(callTurns)
        .where(and(sql`${callTurns.callId}::text = ${id}`))
        .orderBy(callTurns.seq),
    );
    if (turns.length === 0)
      throw new RingbackError('call_unknown', 'There is no such conversation, or nothing was said in it.', {
        remedy: 'npx ringback conversations lists them with their ids.',
      });
    show(values.json === true, turns, () =>
      turns.map(({ speaker, text }) => `${speaker.padEnd(8)} ${text}\n`).join(''),
    );
  });
}

type Imported = Record<'file' | 'conversation' | 'result', string>;

async function importPayloads(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    options: { json: { type: 'boolean' } },
    allowPositionals: true,
  });
  const [source = ''] = needed(USAGE, positionals, 'The file or folder');
  const files = await jsonFiles(source);
  await withHouse(async (house) => {
    const results: Imported[] = [];
    const tell = progress('Payloads');
    for (const [i, file] of files.entries()) {
      results.push({ file: path.basename(file), ...(await importOne(house, await readFile(file, 'utf8'))) });
      tell(i + 1, files.length);
    }
    show(values.json === true, results, () => table(results));
    if (results.some(({ result }) => result !== 'imported')) process.exitCode = 1;
  });
}

/** What cannot be read is said so, and the others go on. */
async function importOne({ inbox }: House, text: string): Promise<Omit<Imported, 'file'>> {
  let payload: unknown;
  try {
    payload = JSON.parse(text);
  } catch {
    return { conversation: '', result: 'is not JSON' };
  }
  const parsed = transcription.safeParse(payload);
  if (!parsed.success) return { conversation: '', result: 'is no post_call_transcription payload' };
  const { conversation_id: conversation } = parsed.data.data;
  const inboxId = await inbox.receive(parsed.data.type, conversation, payload);
  await inbox.jobs[INBOX_JOB]?.({ inboxId });
  return { conversation, result: 'imported' };
}

async function jsonFiles(source: string): Promise<string[]> {
  if (!(await stat(source)).isDirectory()) return [source];
  const names = (await readdir(source)).filter((name) => name.endsWith('.json')).sort();
  if (names.length === 0)
    throw new RingbackError('usage', `There is no .json file in ${source}.`, {
      remedy: 'Give the folder that holds the payloads.',
    });
  return names.map((name) => path.join(source, name));
}
