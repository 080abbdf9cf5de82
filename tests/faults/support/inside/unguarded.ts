/**
 * Loaded into a server before anything else: takes out what guards it against its own pauses and restarts, so that a
 * run can show that it would notice. What is left is how most watchers are built: a deadline counted from the last
 * report, compared as soon as the timer fires.
 */
import { Deadlines } from '../../../../server/liveness/services/deadlines.ts';
import { ServiceRegistry } from '../../../../server/liveness/services/registry.ts';
import { MassSilences } from '../../../../server/liveness/sweep/mass-silence.ts';
import { systemTimers } from '../../../../server/timers.ts';

/** No gap is ever long enough to be a pause, so none is forgiven and nothing is held after it. */
ServiceRegistry.prototype.shortestDownTime = () => Number.POSITIVE_INFINITY;
/** No second look after the sockets were read. */
systemTimers.nextTurn = () => Promise.resolve();
/** No service gets a grace period after a start: one without a recent report is silent. */
const add = Deadlines.prototype.add;
Deadlines.prototype.add = function (downTime, heard) {
  return add.call(this, downTime, heard - downTime);
};
Deadlines.prototype.grant = () => {};
/** Every mass silence is committed. */
MassSilences.prototype.judge = (suspicions) => ({ commit: suspicions, hold: [], isAsking: false });
