import type { Mutant } from '../mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    promise: 'all problems of the settings are reported at once',
    file: 'server/config/load.ts',
    edits: [['problems.push(error.message);', 'throw new ConfigError([error.message]);']],
    suites: ['config/'],
  },
  {
    promise: 'a flag goes before a variable',
    file: 'server/config/load.ts',
    edits: [["if (flag !== undefined) return { text: flag, origin: 'flag', by: flagOf(option) };", '']],
    suites: ['config/'],
  },
  {
    promise: 'an empty file holds no secret',
    file: 'server/config/load.ts',
    edits: [["if (text === '') throw new BadValue", 'if (false) throw new BadValue']],
    suites: ['config/'],
  },
  {
    promise: 'TLS needs both of its files',
    file: 'server/config/load.ts',
    edits: [['(tlsCert === undefined) !== (tlsKey === undefined)', 'false']],
    suites: ['config/'],
  },
  {
    promise: 'something that is not a network is refused',
    file: 'server/config/load.ts',
    edits: [['if (!isAddressOrNetwork(network))', 'if (false)']],
    suites: ['config/'],
  },
  {
    promise: 'the configuration cannot be changed after it is read',
    file: 'server/config/load.ts',
    edits: [['config: deepFreeze({ ...rest', 'config: ({ ...rest']],
    suites: ['config/'],
  },
  {
    promise: 'a server that is reachable without TLS says so',
    file: 'server/config/load.ts',
    edits: [['if (!isLoopback(address.host) && tls', 'if (false && tls']],
    suites: ['config/'],
  },
];
