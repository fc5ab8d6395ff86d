import { HealthQuery } from '@vivarium/shared/contract/health';
import { CreateBody, DeleteQuery, LinkBody, SetBody } from '@vivarium/shared/contract/rest';
import type { FastifySchemaValidationError } from 'fastify';
import type { TSchema } from 'typebox';
import { expect, test } from 'vitest';
import { compileValidator, describeFault } from './validation.ts';

function check(schema: TSchema, httpPart: string, value: unknown): unknown {
  const validate = compileValidator({ schema, httpPart, method: 'GET', url: '/' });
  const result = validate(value) as { value?: unknown; error?: readonly FastifySchemaValidationError[] };
  const [fault] = result.error ?? [];
  return fault === undefined ? result.value : describeFault(httpPart, fault);
}

test.each([null, '1', 1.5, true, -2])('a version %s in a body is no version', (version) => {
  expect(check(SetBody, 'body', { path: '/a', data: '', version })).toMatchObject({ where: 'body.version' });
});

test('text in a query becomes what the schema wants, where it surely is that', () => {
  expect(check(DeleteQuery, 'querystring', { path: '5', version: '7', recursive: 'true' })).toEqual({
    path: '5',
    version: 7,
    recursive: true,
  });
});

test('an instant in a query may have a fraction', () => {
  expect(check(HealthQuery, 'querystring', { atMs: '1795280109929.25' })).toEqual({ atMs: 1_795_280_109_929.25 });
  expect(check(HealthQuery, 'querystring', { atMs: 'now' })).toMatchObject({ where: 'query.atMs' });
});

test.each(['', '1.5', '0x1', 'two', '1e3', ' 1'])('the version "%s" in a query is refused', (version) => {
  expect(check(DeleteQuery, 'querystring', { path: '/a', version })).toEqual({
    where: 'query.version',
    what: 'must be integer',
  });
});

test.each([
  [{ fault: { kind: 'slow', delayMs: -10 } }, 'body.fault.delayMs', 'must be >= 0'],
  [{ fault: { kind: 'jam' } }, 'body.fault.kind', 'must be one of cut, slow, drop'],
  [{ fault: { kind: 'cut', delayMs: 1 } }, 'body.fault', 'must not have delayMs'],
  [{}, 'body', 'must have required properties fault'],
])('%j is answered with what is wrong with it', (body, where, what) => {
  expect(check(LinkBody, 'body', body)).toEqual({ where, what });
});

test('what the contract does not know is refused by its name', () => {
  expect(check(CreateBody, 'body', { path: '/a', owner: 1 })).toEqual({ where: 'body', what: 'must not have owner' });
});
