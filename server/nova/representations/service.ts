import type { Service } from '../../domain/service.ts';
import { type Microversion, SINCE } from '../microversions.ts';
import { naiveTime } from '../times.ts';

/**
 * A row of os-services. `state` is up exactly if the service reports in time and is not forced down; `disabled` does
 * not affect it.
 */
export function serviceView(service: Service, version: Microversion) {
  return {
    binary: service.binary,
    host: service.host,
    id: version >= SINCE.serviceUuid ? service.uuid : service.id,
    zone: service.zone,
    status: service.disabled ? 'disabled' : 'enabled',
    state: service.live && !service.forcedDown ? 'up' : 'down',
    updated_at: naiveTime(service.updatedAt),
    disabled_reason: service.disabledReason,
    ...(version >= SINCE.forcedDown ? { forced_down: service.forcedDown } : {}),
  };
}
