import { Loader } from '@mantine/core';

/** Something is on its way. */
export function Loading() {
  return <Loader role="status" aria-label="Loading" />;
}
