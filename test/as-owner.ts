import postgres from 'postgres';

/** Runs `statement` with the owner's rights: what the server's own role may not do (change money, clear counters). */
export async function asOwner(database: { ownerUrl: string }, statement: string): Promise<void> {
  const owner = postgres(database.ownerUrl, { max: 1, onnotice: () => undefined });
  try {
    await owner.unsafe(statement);
  } finally {
    await owner.end();
  }
}
