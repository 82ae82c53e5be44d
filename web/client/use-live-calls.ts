import { useSyncExternalStore } from 'react';
import { type Connection, type LiveCall, liveCalls } from './live-calls.ts';

export function useLiveCalls(): ReadonlyMap<string, LiveCall> {
  return useSyncExternalStore(liveCalls.subscribe, liveCalls.calls);
}

export function useConnection(): Connection {
  return useSyncExternalStore(liveCalls.subscribe, liveCalls.connection);
}
