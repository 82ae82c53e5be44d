export * from './access.ts';
export * from './budgets.ts';
export * from './calls.ts';
export * from './cost.ts';
export * from './jobs.ts';
export * from './payments.ts';
export * from './people.ts';
export * from './rate-cards.ts';
