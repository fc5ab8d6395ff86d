import { expect, test } from 'vitest';
import { isLoopbackAddress, isLoopbackHost, OriginPolicy } from './origin-policy.ts';

const local = new OriginPolicy(null, []);
const published = new OriginPolicy(new URL('https://zoo.example/vivarium'), ['box.lan']);

test.each(['localhost', 'localhost:8080', 'LOCALHOST', 'app.localhost', '127.0.0.1:1', '[::1]:8080', '10.1.2.3'])(
  'the Host %s is ours',
  (host) => expect(local.hostAllowed({ host })).toBe(true),
);

test.each([
  'evil.example',
  'localhost.evil.example',
  '127.0.0.1.evil.example',
  'zoo.example',
  '',
  'a b',
  'x@localhost',
  'localhost/x',
])('the Host "%s" is not ours', (host) => expect(local.hostAllowed({ host })).toBe(false));

test('a request without a Host is refused', () => expect(local.hostAllowed({})).toBe(false));

test('names that were given are ours', () => {
  expect(published.hostAllowed({ host: 'zoo.example' })).toBe(true);
  expect(published.hostAllowed({ host: 'BOX.lan:8080' })).toBe(true);
});

test('scripts send no Origin, and pages of ours the one that they were loaded from', () => {
  expect(local.originAllowed({ host: 'localhost:8080' })).toBe(true);
  expect(local.originAllowed({ host: 'localhost:8080', origin: 'http://localhost:8080' })).toBe(true);
  expect(local.originAllowed({ host: 'localhost:8080', origin: 'https://localhost:8080' })).toBe(true);
});

test.each([
  'http://localhost:3000',
  'http://127.0.0.1:8080',
  'http://evil.example',
  'null',
  '',
  'file://',
  'localhost:8080',
])('the Origin "%s" is foreign to localhost:8080', (origin) =>
  expect(local.originAllowed({ host: 'localhost:8080', origin })).toBe(false),
);

test('behind a proxy the public Origin counts, whatever Host the proxy sends', () => {
  expect(published.originAllowed({ host: '127.0.0.1:8080', origin: 'https://zoo.example' })).toBe(true);
  expect(published.originAllowed({ host: '127.0.0.1:8080', origin: 'http://zoo.example' })).toBe(false);
});

test('loopback is told from what others can reach', () => {
  expect(['127.0.0.1', '127.9.9.9', '::1', 'localhost'].every(isLoopbackAddress)).toBe(true);
  expect(['0.0.0.0', '::', '10.0.0.1', 'example.org'].some(isLoopbackAddress)).toBe(false);
  expect(['localhost:80', '127.0.0.1', '[::1]:8080', 'x.localhost'].every(isLoopbackHost)).toBe(true);
  expect(['box.lan:80', '10.0.0.1:80', ''].some(isLoopbackHost)).toBe(false);
});
