import type { Mutant } from '../../mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    promise: 'Retry-After is obeyed within its cap',
    file: 'server/webhooks/delivery/backoff.ts',
    edits: [['Math.min(retryAfter, LONGEST)', 'retryAfter']],
    suites: ['webhooks/delivery', 'webhooks/retries', 'webhooks/flow'],
  },
  {
    promise: 'Retry-After is obeyed',
    file: 'server/webhooks/delivery/backoff.ts',
    edits: [
      [
        'Math.max(pauseAfter(attempts, random), Math.min(retryAfter, LONGEST))',
        'pauseAfter(attempts, random)',
      ],
    ],
    suites: ['webhooks/delivery', 'webhooks/retries', 'webhooks/flow'],
  },
  {
    promise: 'a wall clock set back does not postpone deliveries',
    file: 'server/webhooks/delivery/courier.ts',
    edits: [
      [
        'Math.min((webhook.nextAttemptAt ?? 0) - clock.now(), longest)',
        '(webhook.nextAttemptAt ?? 0) - clock.now()',
      ],
    ],
    suites: ['webhooks/delivery', 'webhooks/retries', 'webhooks/flow'],
  },
  {
    promise: 'a success ends a failing period',
    file: 'server/webhooks/delivery/courier.ts',
    edits: [['...UNTROUBLED, last', '...UNTROUBLED, failingSince: this.#webhook.failingSince, last']],
    suites: ['webhooks/delivery', 'webhooks/retries', 'webhooks/flow'],
  },
  {
    promise: 'a success ends the count of attempts',
    file: 'server/webhooks/delivery/courier.ts',
    edits: [['...UNTROUBLED, last', '...UNTROUBLED, attempts: this.#webhook.attempts, last']],
    suites: ['webhooks/delivery', 'webhooks/retries', 'webhooks/flow'],
  },
  {
    promise: 'an endpoint that is gone is parked',
    file: 'server/webhooks/delivery/backoff.ts',
    edits: [["if (gone) return { ...failure, giveUp: 'the endpoint says that it is gone (410)' };", '']],
    suites: ['webhooks/delivery', 'webhooks/retries', 'webhooks/flow'],
  },
  {
    promise: 'a webhook is parked only after enough attempts',
    file: 'server/webhooks/delivery/backoff.ts',
    edits: [[' && attempts >= FEWEST_ATTEMPTS', '']],
    suites: ['webhooks/delivery', 'webhooks/retries', 'webhooks/flow'],
  },
  {
    promise: 'a webhook that nothing takes for a day is parked',
    file: 'server/webhooks/delivery/backoff.ts',
    edits: [['now - failingSince >= PATIENCE &&', 'false &&']],
    suites: ['webhooks/delivery', 'webhooks/retries', 'webhooks/flow'],
  },
  {
    promise: 'rows that were trimmed are sent as a reset',
    file: 'server/webhooks/delivery/courier.ts',
    edits: [['if (this.#seq < floor - 1) {', 'if (false) {']],
    suites: ['webhooks/delivery', 'webhooks/retries', 'webhooks/flow'],
  },
  {
    promise: 'rows trimmed in the middle of a page are no gap',
    file: 'server/webhooks/delivery/courier.ts',
    edits: [['if (row.seq !== this.#seq + 1) break;', '']],
    suites: ['webhooks/delivery', 'webhooks/retries', 'webhooks/flow'],
  },
  {
    promise: 'a delivery that failed is not passed over',
    file: 'server/webhooks/delivery/courier.ts',
    edits: [['if (this.#stopped || !(await this.#deliverRow(row))) return;', 'await this.#deliverRow(row);']],
    suites: ['webhooks/delivery', 'webhooks/retries', 'webhooks/flow'],
  },
  {
    promise: 'a webhook whose maker lost the right is parked',
    file: 'server/webhooks/delivery/webhook-view.ts',
    edits: [['if (entitlement === undefined) return undefined;', '']],
    suites: ['webhooks/delivery', 'webhooks/retries', 'webhooks/flow'],
  },
  {
    promise: 'news during a delivery is delivered after it',
    file: 'server/webhooks/delivery/courier.ts',
    edits: [['if (this.#again) this.wake();', '']],
    suites: ['webhooks/delivery', 'webhooks/retries', 'webhooks/flow'],
  },
  {
    promise: 'a webhook that is stopped keeps its place',
    file: 'server/webhooks/delivery/courier.ts',
    edits: [
      ['isChanged ? this.#savePlace() : this.#save()', 'isChanged ? this.#savePlace() : Promise.resolve()'],
    ],
    suites: ['webhooks/delivery', 'webhooks/retries', 'webhooks/flow'],
  },
  {
    promise: 'a delivery that hangs does not hold up a stop',
    file: 'server/webhooks/delivery/courier.ts',
    edits: [['this.#calledOff.abort()', 'undefined']],
    suites: ['webhooks/delivery', 'webhooks/retries', 'webhooks/flow'],
  },
  {
    promise: 'a webhook that failed by a fault of ours is tried again',
    file: 'server/webhooks/delivery/courier.ts',
    edits: [
      [
        'this.#cancelRetry = this.#context.setTimer(() => this.wake(), pauseAfter(1, this.#context.random()));',
        '',
      ],
    ],
    suites: ['webhooks/delivery', 'webhooks/retries', 'webhooks/flow'],
  },
  {
    promise: 'an Aodh alarm is sent no reset',
    file: 'server/webhooks/delivery/log-messages.ts',
    edits: [["if (webhook.format !== 'cloudevents') return undefined;", '']],
    suites: ['webhooks/delivery'],
  },
  {
    promise: 'a delivery that we call off is no failure of its endpoint',
    file: 'server/webhooks/delivery/courier.ts',
    edits: [['if (!signal.aborted) await', 'await']],
    suites: ['webhooks/delivery'],
  },
  {
    promise: 'the place of a webhook is kept again and again',
    file: 'server/webhooks/delivery/courier.ts',
    edits: [
      [
        '  async #save(): Promise<void> {\n    this.#cancelSave?.();\n    this.#cancelSave = undefined;',
        '  async #save(): Promise<void> {\n    this.#cancelSave?.();',
      ],
    ],
    suites: ['webhooks/delivery'],
  },
  {
    promise: 'pauses between attempts grow up to the longest',
    file: 'server/webhooks/delivery/backoff.ts',
    edits: [['Math.min(LONGEST, FIRST * 2 ** (attempts - 1))', 'FIRST * 2 ** (attempts - 1)']],
    suites: ['webhooks/'],
  },
  {
    promise: 'pauses between attempts are spread',
    file: 'server/webhooks/delivery/backoff.ts',
    edits: [['full / 2 + (random * full) / 2', 'full']],
    suites: ['webhooks/'],
  },
  {
    promise: 'an endless answer is cut',
    file: 'server/webhooks/delivery/post.ts',
    edits: [['    request.destroy();\n', '']],
    suites: ['webhooks/targets'],
  },
  {
    promise: 'a delivery has a time limit',
    file: 'server/webhooks/delivery/post.ts',
    edits: [['    agent: false,\n    signal,\n', '    agent: false,\n']],
    suites: ['webhooks/'],
  },
  {
    promise: 'a redirect is not followed and says so',
    file: 'server/webhooks/delivery/post.ts',
    edits: [['if (status >= 300 && status < 400) {', 'if (false) {']],
    suites: ['webhooks/'],
  },
  {
    promise: 'a connection that ends without an answer is a failure',
    file: 'server/webhooks/delivery/post.ts',
    edits: [["request.on('close', () => reject(new Error('the connection ended without an answer')));", '']],
    suites: ['webhooks/'],
  },
  {
    promise: 'nothing is delivered to addresses that are not public',
    file: 'server/webhooks/targets.ts',
    edits: [['return !notPublic.check(address, family);', 'return true;']],
    suites: ['webhooks/targets'],
  },
  {
    promise: 'IPv6 outside the public range is refused',
    file: 'server/webhooks/targets.ts',
    edits: [["if (family === 'ipv6' && !public6.check(address, family)) return false;", '']],
    suites: ['webhooks/targets'],
  },
  {
    promise: 'a name is judged by its addresses at each delivery',
    file: 'server/webhooks/targets.ts',
    edits: [
      ['const allowed = found.find(({ address }) => this.#isAllowed(address));', 'const allowed = found[0];'],
    ],
    suites: ['webhooks/targets'],
  },
  {
    promise: 'a URL holds no password',
    file: 'server/webhooks/targets.ts',
    edits: [["url.username !== '' || url.password !== ''", 'false']],
    suites: ['webhooks/targets'],
  },
  {
    promise: 'ports of other services are refused',
    file: 'server/webhooks/targets.ts',
    edits: [['if (isReserved(url.port)) throw', 'if (false) throw']],
    suites: ['webhooks/targets'],
  },
  {
    promise: 'a slow name server holds up one project alone',
    file: 'server/webhooks/name-lookups.ts',
    edits: [['queue.run(projectId, ', 'queue.run("", ']],
    suites: ['webhooks/names'],
  },
  {
    promise: 'names that are kept are limited in number',
    file: 'server/webhooks/name-lookups.ts',
    edits: [['kept.size > MOST_KEPT && ', 'false && ']],
    suites: ['webhooks/names'],
  },
  {
    promise: 'a name is asked about once at a time',
    file: 'server/webhooks/name-lookups.ts',
    edits: [['if (running !== undefined) return running;', '']],
    suites: ['webhooks/names'],
  },
  {
    promise: 'a look-up of a name has a time limit',
    file: 'server/webhooks/name-lookups.ts',
    edits: [["signal.addEventListener('abort', () => reject(signal.reason), { once: true });", '']],
    suites: ['webhooks/names'],
  },
  {
    promise: 'a webhook of a deleted credential delivers no more',
    file: 'server/webhooks/current-roles.ts',
    edits: [['if (credentialId !== null && !isGood(credential, now())) return undefined;', '']],
    suites: ['webhooks/'],
  },
  {
    promise: 'roles that were taken away count no longer',
    file: 'server/webhooks/current-roles.ts',
    edits: [['const left = roles.filter((role) => names.has(role));', 'const left = roles;']],
    suites: ['webhooks/'],
  },
  {
    promise: 'a project has a limited number of webhooks',
    file: 'server/webhooks/webhooks.ts',
    edits: [['.length >= maxPerProject', '.length > maxPerProject']],
    suites: ['webhooks/'],
  },
  {
    promise: 'a webhook of another project is not found',
    file: 'server/webhooks/webhooks.ts',
    edits: [[' || webhook.projectId !== projectId', '']],
    suites: ['webhooks/', 'rights/'],
  },
  {
    promise: 'a changed URL begins without the trouble of the old one',
    file: 'server/webhooks/fields.ts',
    edits: [['{ ...UNTROUBLED, url: targets', '{ url: targets']],
    suites: ['webhooks/'],
  },
  {
    promise: 'a removed webhook is served no longer',
    file: 'server/webhooks/webhooks.ts',
    edits: [
      [
        'await this.#withoutCourier(webhook, () => this.#options.webhooks.remove(id));',
        'await this.#options.webhooks.remove(id);',
      ],
    ],
    suites: ['webhooks/'],
  },
  {
    promise: 'a webhook whose change is not stored is served as it was',
    file: 'server/webhooks/webhooks.ts',
    edits: [['      this.#readAgain(projectId);\n      throw error;', '      throw error;']],
    suites: ['webhooks/delivery'],
  },
  {
    promise: 'webhooks that could not be read are read again',
    file: 'server/limits/retried-reads.ts',
    edits: [['pending.cancel = this.#options.setTimer(() => this.#begin(key, pending), next);', '']],
    suites: ['limits/', 'webhooks/delivery'],
  },
  {
    promise: 'what changes during a read is read again',
    file: 'server/limits/retried-reads.ts',
    edits: [['if (known?.isReading) known.isLate = true;', 'if (known?.isReading) return;']],
    suites: ['limits/'],
  },
  {
    promise: 'a node that loses the lead reads no webhooks',
    file: 'server/webhooks/webhooks.ts',
    edits: [['    this.#reads.stop();\n', '']],
    suites: ['webhooks/delivery'],
  },
  {
    promise: 'a webhook that changed while all were read is not served as it was',
    file: 'server/webhooks/delivery/couriers.ts',
    edits: [['if (changed.has(webhook.id) || changed.has(webhook.projectId)) stale', 'if (false) stale']],
    suites: ['webhooks/delivery'],
  },
  {
    promise: 'a courier ends although its place cannot be stored',
    file: 'server/webhooks/delivery/courier.ts',
    edits: [
      [
        'await this.#unlessLost(isChanged ? this.#savePlace() : this.#save());',
        'await (isChanged ? this.#savePlace() : this.#save());',
      ],
    ],
    suites: ['webhooks/delivery'],
  },
  {
    promise: 'a paused webhook is not served',
    file: 'server/webhooks/delivery/couriers.ts',
    edits: [["if (webhook.state !== 'active' || !this.#delivers) return;", '']],
    suites: ['webhooks/'],
  },
  {
    promise: 'what another node wrote of a webhook is not overwritten by the courier that it ends',
    file: 'server/webhooks/delivery/courier.ts',
    edits: [['isChanged ? this.#savePlace() : this.#save()', 'this.#save()']],
    suites: ['webhooks/retries'],
  },
];
