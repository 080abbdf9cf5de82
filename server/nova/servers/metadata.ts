/** `/servers/{id}/metadata`: an owner's own key-value pairs of a server. */
import { z } from 'zod';
import { DomainError } from '../../domain/errors.ts';
import { authorize, type Call, type Nova, type NovaAnswer } from '../call.ts';
import { badRequest } from '../faults.ts';
import { validBody } from '../validation.ts';
import { changeServer, refuseLocked, refuseState, SETTLED } from './change.ts';
import { findServer } from './find.ts';
import { Metadata } from './schemas.ts';

type MetadataValues = Readonly<Record<string, string>>;

export const AllMetadata = z.strictObject({ metadata: Metadata });
export const One = z.strictObject({
  meta: Metadata.refine((meta) => Object.keys(meta).length === 1, { message: 'It must have one item' }),
});

export async function listMetadata(call: Call, nova: Nova): Promise<NovaAnswer> {
  const { projectId, details } = await findServer(call, nova);
  authorize(nova, call, 'os_compute_api:server-metadata:index', { projectId });
  return { status: 200, body: { metadata: details.metadata } };
}

export async function showMetadata(call: Call, nova: Nova): Promise<NovaAnswer> {
  const { projectId, details } = await findServer(call, nova);
  authorize(nova, call, 'os_compute_api:server-metadata:show', { projectId });
  const key = call.param('key');
  if (!Object.hasOwn(details.metadata, key)) throw notFound();
  return { status: 200, body: { meta: { [key]: details.metadata[key] } } };
}

/** POST: adds to the existing metadata. */
export async function addMetadata(call: Call, nova: Nova): Promise<NovaAnswer> {
  const { metadata } = validBody(AllMetadata, call);
  return written(call, nova, 'create', (current) => ({ ...current, ...metadata }));
}

/** PUT: replaces the existing metadata. */
export async function replaceMetadata(call: Call, nova: Nova): Promise<NovaAnswer> {
  const { metadata } = validBody(AllMetadata, call);
  return written(call, nova, 'update_all', () => metadata);
}

export async function putMetadata(call: Call, nova: Nova): Promise<NovaAnswer> {
  const { meta } = validBody(One, call);
  const key = call.param('key');
  await written(call, nova, 'update', (current) => {
    if (!Object.hasOwn(meta, key))
      throw badRequest('Request body and URI mismatch: the key must be the same.');
    return { ...current, ...meta };
  });
  return { status: 200, body: { meta } };
}

export async function deleteMetadata(call: Call, nova: Nova): Promise<NovaAnswer> {
  const key = call.param('key');
  await written(call, nova, 'delete', (current) => {
    if (!Object.hasOwn(current, key)) throw notFound();
    const { [key]: _, ...rest } = current;
    return rest;
  });
  return { status: 204 };
}

/** Problems of the metadata are reported before problems of the server (Nova). */
async function written(
  call: Call,
  nova: Nova,
  rule: string,
  change: (current: MetadataValues) => MetadataValues,
): Promise<NovaAnswer> {
  const { id, projectId } = await findServer(call, nova);
  authorize(nova, call, `os_compute_api:server-metadata:${rule}`, { projectId });
  const { details } = await changeServer(id, call, nova, (current) => {
    const metadata = change(current.details.metadata);
    refuseMany(metadata, current.details.metadata);
    refuseLocked(current, call);
    refuseState(current, `${rule.replace('_all', '')} metadata`, SETTLED, 'any');
    return { details: { metadata } };
  });
  return { status: 200, body: { metadata: details.metadata } };
}

/** Nova's default limit. A server that was registered with more may keep them. */
export const MOST_METADATA = 128;

function refuseMany(wanted: MetadataValues, current: MetadataValues): void {
  const count = Object.keys(wanted).length;
  if (count <= MOST_METADATA || count <= Object.keys(current).length) return;
  throw new DomainError('forbidden', `Maximum number of metadata items exceeds ${MOST_METADATA}`);
}

function notFound(): DomainError {
  return new DomainError('not_found', 'Metadata item was not found.');
}
