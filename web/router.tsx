import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { NothingHere } from './shell/nothing-here.tsx';
import { Shell } from './shell/shell.tsx';

/** Which page is at which address. Each comes when it is gone to. */

const root = createRootRoute({ notFoundComponent: NothingHere });
const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  component: lazyRouteComponent(() => import('./session/sign-in-page.tsx'), 'SignInPage'),
});
const shell = createRoute({ getParentRoute: () => root, id: 'shell', component: Shell });
const live = createRoute({
  getParentRoute: () => shell,
  path: '/',
  component: lazyRouteComponent(() => import('./calls/live-page.tsx'), 'LivePage'),
});
const calls = createRoute({
  getParentRoute: () => shell,
  path: '/calls',
  component: lazyRouteComponent(() => import('./calls/calls-page.tsx'), 'CallsPage'),
});
const call = createRoute({
  getParentRoute: () => shell,
  path: '/calls/$callId',
  component: lazyRouteComponent(() => import('./calls/call-page.tsx'), 'CallPage'),
});
const users = createRoute({
  getParentRoute: () => shell,
  path: '/users',
  component: lazyRouteComponent(() => import('./people/users-page.tsx'), 'UsersPage'),
});
const user = createRoute({
  getParentRoute: () => shell,
  path: '/users/$userId',
  component: lazyRouteComponent(() => import('./people/user-page.tsx'), 'UserPage'),
});
const memory = createRoute({
  getParentRoute: () => shell,
  path: '/memory',
  component: lazyRouteComponent(() => import('./memory/own-memory-page.tsx'), 'OwnMemoryPage'),
});
const house = createRoute({
  getParentRoute: () => shell,
  path: '/house',
  component: lazyRouteComponent(() => import('./budgets/house-page.tsx'), 'HousePage'),
});
const budget = createRoute({
  getParentRoute: () => shell,
  path: '/budget',
  component: lazyRouteComponent(() => import('./budgets/own-budget-page.tsx'), 'OwnBudgetPage'),
});
const passkeys = createRoute({
  getParentRoute: () => shell,
  path: '/passkeys',
  component: lazyRouteComponent(() => import('./session/passkeys-page.tsx'), 'PasskeysPage'),
});

export function newRouter() {
  return createRouter({
    basepath: '/app',
    routeTree: root.addChildren([
      signIn,
      shell.addChildren([live, calls, call, users, user, house, memory, budget, passkeys]),
    ]),
    defaultPreload: 'intent',
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof newRouter>;
  }
}
