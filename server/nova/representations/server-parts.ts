/** The values of a server that are more than one column: objects, or JSON text joined from pieces. */
import type { Instant } from '../../domain/clock.ts';
import type { Address, Instance, InstanceFault } from '../../domain/instances/instance.ts';
import type { Links } from '../links.ts';
import { type Microversion, SINCE } from '../microversions.ts';
import { isoTime, naiveTime } from '../times.ts';
import { embeddedFlavor } from './flavor.ts';
import { inside, quoted } from './json-text.ts';
import type { ServerShape } from './server.ts';

type Write = (instance: Instance) => string;

export function timeOrNull(at: Instant | null): string {
  return at === null ? 'null' : `"${naiveTime(at)}"`;
}

/** Left out where there are none (Nova). */
export function securityGroupsOf({ details: { securityGroups } }: Instance) {
  return securityGroups.length === 0 ? undefined : securityGroups.map((name) => ({ name }));
}

export function volumesOf({ details: { volumesAttached } }: Instance, version: Microversion) {
  return version >= SINCE.moreAttributes ? volumesAttached : volumesAttached.map(({ id }) => ({ id }));
}

export function serverFault(instance: Instance, status: string, { audience, occasion }: ServerShape) {
  if (status !== 'ERROR' && status !== 'DELETED') return undefined;
  const fault = instance.details.fault ?? (occasion === 'show' ? homeless(instance) : null);
  if (fault === null) return undefined;
  const isDetailed = fault.details !== null && (audience.admin || fault.code !== 500);
  return {
    code: fault.code,
    created: isoTime(fault.created),
    message: fault.message,
    details: isDetailed ? fault.details : undefined,
  };
}

/**
 * A server in ERROR that was never launched and has no host is one for which no host was found: Nova shows this fault
 * on the server itself, and never in a list (its lists do not search where such servers are stored).
 */
function homeless({ vmState, host, launchedAt, updatedAt }: Instance): InstanceFault | null {
  if (vmState !== 'error' || host !== null || launchedAt !== null) return null;
  const message = 'No valid host was found.';
  return { code: 500, created: updatedAt, message, details: 'No fault was recorded with the server.' };
}

/** Empty text for a server that was booted from a volume, never null (Nova). */
export function imageIn({ version }: ServerShape, links: Links): Write {
  const hasProperties = version >= SINCE.imageProperties;
  const link = bookmarkIn('images', links);
  return ({ imageRef, details }) => {
    if (imageRef === '') return '""';
    const properties = hasProperties ? JSON.stringify(details.imageProperties) : undefined;
    const rest = properties === undefined ? '' : `,"properties":${properties}`;
    return `{"id":${quoted(imageRef)},${link(imageRef)}${rest}}`;
  };
}

/** A link until 2.46, written out from 2.47 on. */
export function flavorIn({ version, audience }: ServerShape, links: Links): Write {
  if (version >= SINCE.flavorEmbedded) {
    return ({ details }) => JSON.stringify(embeddedFlavor(details.flavor, audience.extraSpecs));
  }
  const link = bookmarkIn('flavors', links);
  return ({ flavorId }) => `{"id":${quoted(flavorId)},${link(flavorId)}}`;
}

function bookmarkIn(collection: string, links: Links): (id: string) => string {
  const start = `"links":[{"rel":"bookmark","href":"${inside(links.bookmark(collection, ''))}`;
  return (id) => `${start}${encodeURIComponent(id)}"}]`;
}

export function linksIn(links: Links): Write {
  const self = `[{"rel":"self","href":"${inside(links.self('servers', ''))}`;
  const bookmark = `"},{"rel":"bookmark","href":"${inside(links.bookmark('servers', ''))}`;
  return ({ id }) => {
    const name = encodeURIComponent(id);
    return `${self}${name}${bookmark}${name}"}]`;
  };
}

/** Hidden while a server is being built, because they may still change (Nova). */
export function addressesOf({ vmState, details: { addresses } }: Instance, isWhole: boolean): string {
  if (vmState === 'building') return '{}';
  let text = '{';
  for (const network in addresses) {
    let line = '';
    for (const address of addresses[network] ?? []) {
      line += `${line === '' ? '' : ','}${addressOf(address, isWhole)}`;
    }
    text += `${text === '{' ? '' : ','}${quoted(network)}:[${line}]`;
  }
  return `${text}}`;
}

function addressOf({ addr, version, type, mac_addr }: Address, isWhole: boolean): string {
  const brief = `{"version":${version},"addr":${quoted(addr)}`;
  if (!isWhole) return `${brief}}`;
  return `${brief}${optional('OS-EXT-IPS:type', type)}${optional('OS-EXT-IPS-MAC:mac_addr', mac_addr)}}`;
}

function optional(key: string, value: string | undefined): string {
  return value === undefined ? '' : `,"${key}":${quoted(value)}`;
}
