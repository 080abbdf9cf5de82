import { type Command, Option } from 'commander';
import { addConnection, type ConnectionFlags, CREDENTIALS_HELP } from '../connection/connection.ts';
import type { Terminal } from '../support/terminal.ts';
import type { AddFlags, ShownFlags } from './run.ts';

export function declareWebhooks(parent: Command, terminal: Terminal): void {
  const webhooks = parent
    .command('webhooks')
    .summary("changes of a project's servers, posted to a URL")
    .description(
      "Post the changes of your project's servers to a URL: signed, in order, and retried until they are accepted.",
    )
    .addHelpText(
      'afterAll',
      `${CREDENTIALS_HELP}

Examples:
  $ hostbeat webhooks add https://example.org/hook --name pager --host-status DOWN
  $ hostbeat webhooks add http://consumer.example.org:12346/failure --format aodh
  $ hostbeat webhooks list
  $ hostbeat webhooks resume 7f0c2a52-5d5e-4f5e-9a5c-8f3f6f0a1b2c`,
    );

  addConnection(webhooks.command('list').description("Print the project's webhooks and their problems."))
    .option('--json', 'for programs')
    .action(async (flags: ShownFlags) => {
      const { listWebhooks } = await import('./run.ts');
      await listWebhooks(flags, terminal);
    });

  addConnection(webhooks.command('add'))
    .description('Add a webhook; prints the secret that its deliveries are signed with, once.')
    .argument('<url>', 'where to post to')
    .option('--name <NAME>', 'what to call it')
    .addOption(
      new Option('--format <FORMAT>', 'cloudevents, or the body of an Aodh alarm')
        .choices(['cloudevents', 'aodh'])
        .default('cloudevents'),
    )
    .option('--server <SERVER...>', 'of these servers only, by id or name')
    .option('--host-status <STATUS...>', 'only what comes from or goes to one of these (aodh: goes to)')
    .option('--json', 'for programs')
    .action(async (url: string, flags: AddFlags) => {
      const { addWebhook } = await import('./run.ts');
      await addWebhook(url, flags, terminal);
    });

  onOne(webhooks, 'show', 'Print all that is known of a webhook, as JSON.').action(
    async (id: string, flags: ConnectionFlags) => {
      const { showWebhook } = await import('./run.ts');
      await showWebhook(id, flags, terminal);
    },
  );

  onOne(webhooks, 'pause', 'Deliver nothing until it is resumed; changes wait in the log.').action(
    async (id: string, flags: ConnectionFlags) => {
      const { switchWebhook } = await import('./run.ts');
      await switchWebhook(id, 'paused', flags, terminal);
    },
  );

  onOne(webhooks, 'resume', 'Resume a paused or parked one where it stopped, at once.').action(
    async (id: string, flags: ConnectionFlags) => {
      const { switchWebhook } = await import('./run.ts');
      await switchWebhook(id, 'active', flags, terminal);
    },
  );

  onOne(webhooks, 'test', 'Post a test message, and say whether it was accepted.').action(
    async (id: string, flags: ConnectionFlags) => {
      const { testWebhook } = await import('./run.ts');
      await testWebhook(id, flags, terminal);
    },
  );

  onOne(webhooks, 'rotate-secret', 'Give it a new secret, which counts at once and is printed once.')
    .option('--overlap <seconds>', 'sign with the old secret too for this time, a week at most', '0')
    .option('--json', 'for programs')
    .action(async (id: string, flags: ShownFlags & { readonly overlap: string }) => {
      const { rotateSecret } = await import('./run.ts');
      await rotateSecret(id, flags, terminal);
    });

  onOne(webhooks, 'remove', 'Remove it; nothing is delivered any more.').action(
    async (id: string, flags: ConnectionFlags) => {
      const { removeWebhook } = await import('./run.ts');
      await removeWebhook(id, flags, terminal);
    },
  );
}

function onOne(webhooks: Command, name: string, description: string): Command {
  return addConnection(webhooks.command(name).description(description)).argument(
    '<id>',
    'name or id of the webhook',
  );
}
