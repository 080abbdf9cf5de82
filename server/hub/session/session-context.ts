import type { AuthenticationContext } from '../connection/authentication.ts';
import type { HubContext } from '../connection/context.ts';
import type { PlaceContext } from '../connection/place.ts';
import type { HelloContext } from './hello.ts';
import type { SubscriptionsContext } from './subscriptions.ts';

/** What a session needs of its hub, in addition to what its parts need. */
export type SessionContext = AuthenticationContext &
  HelloContext &
  PlaceContext &
  SubscriptionsContext &
  Pick<
    HubContext,
    'events' | 'keepalive' | 'logger' | 'observer' | 'random' | 'receipts' | 'sessionId' | 'soon'
  >;
