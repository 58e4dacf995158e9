import * as parse from './parsers.ts'
import { optional, set } from './variable.ts'

/** How plugins are reached below /ext, and how much each installation may do. */
export const routeVariables = {
  routeCorsOrigins: optional(
    'PLUGIN_CORS_ORIGINS',
    "pages of which other origins may call plugins' routes; without it none",
    parse.corsOrigins,
    'origins separated by commas, e.g. https://app.example.com, or * for every one',
  ),
  routeHeaders: optional(
    'PLUGIN_ROUTE_HEADERS',
    "request headers that plugins' routes get to see besides the usual ones",
    parse.headerNames,
    'names separated by commas, e.g. x-hub-signature-256, stripe-signature; none that carries credentials',
  ),
  routesPerMinute: set(
    'PLUGIN_ROUTES_PER_MINUTE',
    "requests a minute to the routes of one installation, where its licence's entitlements do not say otherwise",
    parse.integer(1, 10_000_000),
    '6000',
    'a number from 1 to 10000000',
  ),
  hostCallsPerMinute: set(
    'PLUGIN_HOST_CALLS_PER_MINUTE',
    'calls of the host a minute by one installation, likewise',
    parse.integer(100, 100_000_000),
    '60000',
    'a number from 100 to 100000000',
  ),
  eventsPerMinute: set(
    'PLUGIN_EVENTS_PER_MINUTE',
    'events that one installation emits a minute, likewise',
    parse.integer(1, 1_000_000),
    '600',
    'a number from 1 to 1000000',
  ),
}
