import type { Mutant } from '../mutant.ts';

const RECEIVERS = 'server/config/files/receivers-file.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    promise: 'all problems of the settings are reported at once',
    file: 'server/config/load.ts',
    edits: [['problems.push(error.message);', 'throw new ConfigError([error.message]);']],
    suites: ['config/'],
  },
  {
    promise: 'a flag goes before a variable',
    file: 'server/config/find-setting.ts',
    edits: [["if (flag !== undefined) return { text: flag, origin: 'flag', by: flagOf(option) };", '']],
    suites: ['config/'],
  },
  {
    promise: 'an empty file holds no secret',
    file: 'server/config/find-setting.ts',
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
  {
    promise: 'a setting that does not exist is refused in a file',
    file: 'server/config/files/config-file.ts',
    edits: [['if (variable === undefined) {', "if (variable === undefined && key === '') {"]],
    suites: ['config/'],
  },
  {
    promise: 'a setting is given once in a file',
    file: 'server/config/files/config-file.ts',
    edits: [['else if (values[variable] !== undefined)', 'else if (false)']],
    suites: ['config/'],
  },
  {
    promise: 'two receivers have two tokens',
    file: RECEIVERS,
    edits: [['    if (other !== undefined)\n', '    if (false)\n']],
    suites: ['config/receivers-file'],
  },
  {
    promise: 'a limited receiver has not the token of the unlimited one',
    file: RECEIVERS,
    edits: [['if (same === undefined) return receivers;', 'return receivers;']],
    suites: ['config/receivers-file'],
  },
  {
    promise: 'a token of a receiver is long enough',
    file: RECEIVERS,
    edits: [['if (text.length < SHORTEST_TOKEN)', 'if (false)']],
    suites: ['config/receivers-file'],
  },
  {
    promise: 'a receiver without a limit is refused',
    file: RECEIVERS,
    edits: [['if (zones.length + hosts.length === 0)', 'if (false)']],
    suites: ['config/receivers-file'],
  },
  {
    promise: 'an error in a receivers file shows no token',
    file: RECEIVERS,
    edits: [
      [
        '    throw new BadValue(code ===',
        '    if (code !== "DUPLICATE_KEY") throw new BadValue(`is not YAML: ${(error as Error).message}`);\n    throw new BadValue(code ===',
      ],
    ],
    suites: ['config/receivers-file'],
  },
];
