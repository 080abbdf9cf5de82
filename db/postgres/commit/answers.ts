import { sqlState } from '../connection/driver.ts';

const IN_FAILED_TRANSACTION = '25P02';

/** All answers; or the first query's own error, once all are in: later queries fail only because of it. */
export async function allOf<T>(answers: readonly (Promise<T> | T)[]): Promise<T[]> {
  const outcomes = await Promise.allSettled(answers);
  const errors = outcomes.flatMap((outcome) =>
    outcome.status === 'rejected' ? [outcome.reason as unknown] : [],
  );
  if (errors.length > 0) throw errors.find((error) => sqlState(error) !== IN_FAILED_TRANSACTION) ?? errors[0];
  return outcomes.map((outcome) => (outcome as PromiseFulfilledResult<T>).value);
}
