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
const devPhone = createRoute({
  getParentRoute: () => root,
  path: '/dev-phone',
  component: lazyRouteComponent(() => import('./dev-phone/dev-phone-page.tsx'), 'DevPhonePage'),
});
const shell = createRoute({ getParentRoute: () => root, id: 'shell', component: Shell });

/** A page for those who are signed in. */
function page<const Path extends string>(path: Path, component: ReturnType<typeof lazyRouteComponent>) {
  return createRoute({ getParentRoute: () => shell, path, component });
}

const pages = [
  page(
    '/',
    lazyRouteComponent(() => import('./home/home-page.tsx'), 'HomePage'),
  ),
  page(
    '/live',
    lazyRouteComponent(() => import('./calls/live-page.tsx'), 'LivePage'),
  ),
  page(
    '/calls',
    lazyRouteComponent(() => import('./calls/calls-page.tsx'), 'CallsPage'),
  ),
  page(
    '/calls/$callId',
    lazyRouteComponent(() => import('./calls/call-page.tsx'), 'CallPage'),
  ),
  page(
    '/users',
    lazyRouteComponent(() => import('./people/users-page.tsx'), 'UsersPage'),
  ),
  page(
    '/users/$userId',
    lazyRouteComponent(() => import('./people/user-page.tsx'), 'UserPage'),
  ),
  page(
    '/payments',
    lazyRouteComponent(() => import('./money/own-payments-page.tsx'), 'OwnPaymentsPage'),
  ),
  page(
    '/money',
    lazyRouteComponent(() => import('./money/money-page.tsx'), 'MoneyPage'),
  ),
  page(
    '/payers/$payerId',
    lazyRouteComponent(() => import('./money/payer-page.tsx'), 'PayerPage'),
  ),
  page(
    '/house',
    lazyRouteComponent(() => import('./budgets/house-page.tsx'), 'HousePage'),
  ),
  page(
    '/schedules',
    lazyRouteComponent(() => import('./people/schedules-page.tsx'), 'SchedulesPage'),
  ),
  page(
    '/consents',
    lazyRouteComponent(() => import('./people/consents-page.tsx'), 'ConsentsPage'),
  ),
  page(
    '/personas',
    lazyRouteComponent(() => import('./personas/personas-page.tsx'), 'PersonasPage'),
  ),
  page(
    '/personas/$slug',
    lazyRouteComponent(() => import('./personas/persona-page.tsx'), 'PersonaPage'),
  ),
  page(
    '/costs',
    lazyRouteComponent(() => import('./costs/costs-page.tsx'), 'CostsPage'),
  ),
  page(
    '/rate-cards',
    lazyRouteComponent(() => import('./house/rate-cards-page.tsx'), 'RateCardsPage'),
  ),
  page(
    '/webhooks',
    lazyRouteComponent(() => import('./house/webhooks-page.tsx'), 'WebhooksPage'),
  ),
  page(
    '/audit',
    lazyRouteComponent(() => import('./house/audit-page.tsx'), 'AuditPage'),
  ),
  page(
    '/tokens',
    lazyRouteComponent(() => import('./house/tokens-page.tsx'), 'TokensPage'),
  ),
  page(
    '/settings',
    lazyRouteComponent(() => import('./settings/settings-page.tsx'), 'SettingsPage'),
  ),
  page(
    '/calling',
    lazyRouteComponent(() => import('./calling/calling-page.tsx'), 'CallingPage'),
  ),
  page(
    '/memory',
    lazyRouteComponent(() => import('./memory/own-memory-page.tsx'), 'OwnMemoryPage'),
  ),
  page(
    '/profile',
    lazyRouteComponent(() => import('./people/own-profile-page.tsx'), 'OwnProfilePage'),
  ),
  page(
    '/texts',
    lazyRouteComponent(() => import('./house/texts-page.tsx'), 'TextsPage'),
  ),
  page(
    '/budget',
    lazyRouteComponent(() => import('./budgets/own-budget-page.tsx'), 'OwnBudgetPage'),
  ),
  page(
    '/passkeys',
    lazyRouteComponent(() => import('./session/passkeys-page.tsx'), 'PasskeysPage'),
  ),
] as const;

export function newRouter() {
  return createRouter({
    basepath: '/app',
    routeTree: root.addChildren([signIn, devPhone, shell.addChildren(pages)]),
    defaultPreload: 'intent',
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof newRouter>;
  }
}
