interface Page {
  limit?: number | undefined;
  starting_after?: string | undefined;
}

/** Newest first, a page at a time. */
export function listPage<T extends { id: string }>(all: readonly T[], page: Page, url: string): object {
  const newestFirst = [...all].reverse();
  const from =
    page.starting_after === undefined ? 0 : newestFirst.findIndex(({ id }) => id === page.starting_after) + 1;
  const data = newestFirst.slice(from, from + (page.limit ?? 10));
  return { object: 'list', url, has_more: from + data.length < newestFirst.length, data };
}
