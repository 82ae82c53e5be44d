import type postgres from 'postgres';

const USUAL_ROWS = 588;
const HEAVY_ROWS = 19_726;
const HUGE_ROWS = 30_000;

/** Words of phone calls: the sentences of the bench are made of them. */
const WORDS =
  `garden sister brother weekend doctor train school bakery dinner mother father office project deadline report
holiday mountain river concert guitar piano painting teacher student exam kitchen recipe bread coffee morning evening
birthday present letter phone computer window bicycle market church library museum football tennis swimming running
hospital medicine headache sleep dream money budget rent apartment neighbour landlord furniture carpet lamp cat dog horse
chicken winter summer spring autumn snow rain storm island beach harbour ship airport passport hotel ticket suitcase
camera picture movie theatre novel poem writer language spanish german french italian lesson homework grade promise
meeting interview salary contract manager colleague customer order delivery garage engine battery screen keyboard`
    .split(/\s+/)
    .filter((word) => word !== '');

export const QUERIES = [
  'when is my birthday dinner',
  'what did the doctor say about my headache',
  'which guitar lesson did I book',
  'the landlord and the rent',
  'how was the holiday on the island',
  'did my sister pass the exam',
  'what did I promise about running',
  'nieghbour with the chickn',
  'the contract interview at the libary',
  'cat',
];

export interface FilledMemories {
  usual: string[];
  heavy: string;
  huge: string;
  rows: number;
}

/** Makes users with memories until there are so many rows: most of usual size, one heavy, one beyond the index. */
export async function fillMemories(owner: postgres.Sql, wanted: number): Promise<FilledMemories> {
  const usualCount = Math.max(1, Math.floor((wanted - HEAVY_ROWS - HUGE_ROWS) / USUAL_ROWS));
  const users = await owner<Array<{ id: string }>>`
    insert into users (phone_number, display_name)
    select '+1777' || (1000000 + n), 'Anna' from generate_series(1, ${usualCount + 2}) n returning id`;
  const ids = users.map(({ id }) => id);
  await owner`insert into user_persona_relationships (user_id, persona) select id, 'brad' from users`;
  const [heavy = '', huge = '', ...usual] = ids;
  await owner`select setseed(0.5)`;
  await fill(owner, [heavy], HEAVY_ROWS);
  await fill(owner, [huge], HUGE_ROWS);
  const AT_ONCE = 100;
  for (let from = 0; from < usual.length; from += AT_ONCE)
    await fill(owner, usual.slice(from, from + AT_ONCE), USUAL_ROWS);
  await owner`analyze memory_documents`;
  const [count] = await owner<Array<{ n: number }>>`select count(*)::int as n from memory_documents`;
  return { usual, heavy, huge, rows: count?.n ?? 0 };
}

/** So many turns for each user, in calls of thirty. */
async function fill(owner: postgres.Sql, userIds: readonly string[], rows: number): Promise<void> {
  await owner`
    with made as (
      insert into calls (id, user_id, persona, direction, to_number, from_number, state, created_at, ended_at, end_reason,
        remembered_at)
      select gen_random_uuid(), u::uuid, 'brad', 'outbound', '+1', '+1', 'ended', now() - make_interval(days => n), now(),
        'imported', now()
      from unnest(${[...userIds]}::text[]) u, generate_series(1, ${Math.ceil(rows / 30)}) n
      returning id, user_id, created_at)
    insert into memory_documents (user_id, persona, kind, call_id, turn_seq, speaker, at, text)
    select made.user_id, 'brad', 'turn', made.id, turn, case turn % 2 when 0 then 'Brad' else 'Anna' end, made.created_at,
      (select string_agg((${WORDS}::text[])[1 + floor(random() * ${WORDS.length} + 0 * g)::int], ' ')
        from generate_series(1, 8 + (turn * 7) % 9) g)
    from made, generate_series(0, 29) turn`;
}
