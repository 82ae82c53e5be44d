export * from './calls.ts';
export * from './cost.ts';
export * from './people.ts';
