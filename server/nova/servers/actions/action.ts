/** One action on a server as data, and the steps common to all: body, server, rule, lock, change, answer. */
import type { z } from 'zod';
import type { Instance } from '../../../domain/instances/instance.ts';
import type { ComputeOf } from '../../../domain/instances/placement.ts';
import { authorize, type Call, type Nova, type NovaAnswer } from '../../call.ts';
import type { Microversion } from '../../microversions.ts';
import { validBody } from '../../validation.ts';
import { changeServer, type DecideChange, type InstanceChange, refuseLocked } from '../change.ts';
import { findServer } from '../find.ts';

export interface ActionRequest<T> {
  readonly current: Instance;
  /** The value in the body under the action's name, as a whole. */
  readonly body: T;
  readonly call: Call;
  readonly nova: Nova;
  readonly computeOf: ComputeOf;
}

export interface Action<T> {
  readonly body: (version: Microversion) => z.ZodType<T>;
  readonly rule: string;
  /** Its name in `os-instance-actions`; absent for actions that Nova does not record. */
  readonly kept?: string;
  /** Further checks before the change: rules that the requested values need, and the like. */
  readonly before?: (body: T, call: Call, nova: Nova, instance: Instance) => void | Promise<void>;
  /** Allowed on locked servers too. */
  readonly evenLocked?: boolean;
  /** Pure: it runs in the store's transaction. Throws to refuse. */
  readonly change: (given: ActionRequest<T>) => InstanceChange;
  /** Without it the answer is 202 without a body. */
  readonly answer?: (instance: Instance, body: T, call: Call, nova: Nova) => Promise<NovaAnswer>;
}

export interface RunAction {
  (call: Call, nova: Nova): Promise<NovaAnswer>;
  /** Its body, at a version. */
  readonly body: (version: Microversion) => z.ZodType;
}

export function runs<T>(action: Action<T>): RunAction {
  const run = async (call: Call, nova: Nova): Promise<NovaAnswer> => {
    const body = validBody(action.body(call.version), call);
    const { id, ...found } = await findServer(call, nova);
    const target = { projectId: found.projectId, userId: found.userId };
    authorize(nova, call, action.rule, target);
    await action.before?.(body, call, nova, { id, ...found });
    const decide: DecideChange = (current, computeOf) => {
      if (!action.evenLocked) refuseLocked(current, call);
      return action.change({ current, body, call, nova, computeOf });
    };
    const instance = await changeServer(id, call, nova, decide, action.kept);
    return (await action.answer?.(instance, body, call, nova)) ?? { status: 202 };
  };
  return Object.assign(run, { body: action.body });
}
