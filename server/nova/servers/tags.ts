/** `/servers/{id}/tags`. */
import { z } from 'zod';
import { DomainError } from '../../domain/errors.ts';
import { authorize, type Call, type Nova, type NovaAnswer } from '../call.ts';
import { badRequest } from '../faults.ts';
import { Links } from '../links.ts';
import { validBody } from '../validation.ts';
import { changeServer, refuseVmState, SETTLED } from './change.ts';
import { findServer } from './find.ts';
import { MOST_TAGS, Tag } from './schemas.ts';

export const AllTags = z.strictObject({ tags: z.array(Tag).max(MOST_TAGS) });
const Nothing = z.null();

export async function listTags(call: Call, nova: Nova): Promise<NovaAnswer> {
  return { status: 200, body: { tags: await tagsOf(call, nova, 'index') } };
}

export async function showTag(call: Call, nova: Nova): Promise<NovaAnswer> {
  const tags = await tagsOf(call, nova, 'show');
  if (!tags.includes(call.param('key'))) throw notFound();
  return { status: 204 };
}

export async function replaceTags(call: Call, nova: Nova): Promise<NovaAnswer> {
  const { tags } = validBody(AllTags, call);
  const written = await write(call, nova, 'update_all', 'update tags', () => [...new Set(tags)]);
  return { status: 200, body: { tags: written } };
}

/** 201 with its URL if it is new, 204 if it existed. Above the limit even an existing one is refused (Nova). */
export async function putTag(call: Call, nova: Nova): Promise<NovaAnswer> {
  validBody(Nothing, call);
  const tag = call.param('key');
  let isNew = false;
  await write(call, nova, 'update', 'update tag', (current) => {
    const valid = Tag.safeParse(tag);
    if (!valid.success) throw badRequest(`Invalid tag: ${valid.error.issues[0]?.message}.`);
    if (current.length >= MOST_TAGS) throw badRequest(`A server may have ${MOST_TAGS} tags.`);
    isNew = !current.includes(tag);
    return isNew ? [...current, tag] : current;
  });
  if (!isNew) return { status: 204 };
  const place = `${new Links(call).self('servers', call.param('id'))}/tags/${encodeURIComponent(tag)}`;
  return { status: 201, headers: { Location: place } };
}

export async function deleteTag(call: Call, nova: Nova): Promise<NovaAnswer> {
  const tag = call.param('key');
  await write(call, nova, 'delete', 'delete tag', (current) => {
    if (!current.includes(tag)) throw notFound();
    return current.filter((one) => one !== tag);
  });
  return { status: 204 };
}

export async function deleteTags(call: Call, nova: Nova): Promise<NovaAnswer> {
  await write(call, nova, 'delete_all', 'delete tags', () => []);
  return { status: 204 };
}

async function tagsOf(call: Call, nova: Nova, rule: string): Promise<readonly string[]> {
  const { projectId, details } = await findServer(call, nova);
  authorize(nova, call, `os_compute_api:os-server-tags:${rule}`, { projectId });
  return details.tags;
}

/** Allowed on a locked server too, but in no other states (Nova). */
async function write(
  call: Call,
  nova: Nova,
  rule: string,
  action: string,
  change: (current: readonly string[]) => readonly string[],
): Promise<readonly string[]> {
  const { id, projectId } = await findServer(call, nova);
  authorize(nova, call, `os_compute_api:os-server-tags:${rule}`, { projectId });
  const { details } = await changeServer(id, call, nova, (current) => {
    refuseVmState(current, action, SETTLED);
    return { details: { tags: change(current.details.tags) } };
  });
  return details.tags;
}

function notFound(): DomainError {
  return new DomainError('not_found', 'Server has no such tag.');
}
