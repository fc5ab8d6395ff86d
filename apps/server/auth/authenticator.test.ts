import { expect, test } from 'vitest';
import { Authenticator, randomToken } from './authenticator.ts';

const TOKEN = 'the token';
const HOST = '127.0.0.1:8080';

function cookieOf(authenticator: Authenticator, value: string | null, host = HOST): string {
  return `${authenticator.cookieNames({ host }).guarded}=${value}`;
}

test('tokens are random and long', () => {
  expect(randomToken()).toMatch(/^[\w-]{43}$/);
  expect(randomToken()).not.toBe(randomToken());
});

test('the token makes a cookie, and a wrong one makes none', () => {
  const authenticator = new Authenticator(TOKEN, '');
  expect(authenticator.signIn('the tokem')).toBeNull();
  expect(authenticator.signIn('')).toBeNull();
  const first = authenticator.signIn(TOKEN);
  const second = authenticator.signIn(TOKEN);
  expect(first).not.toBe(second);
  const viewer = (value: string | null) =>
    authenticator.authenticate({ host: HOST, cookie: cookieOf(authenticator, value) });
  expect(viewer(first)).toEqual({ actor: 'browser 1' });
  expect(viewer(second)).toEqual({ actor: 'browser 2' });
  expect(viewer('guessed')).toBeNull();
  expect(authenticator.authenticate({ host: HOST })).toBeNull();
});

test('the cookie is found among others, also under its plain name', () => {
  const authenticator = new Authenticator(TOKEN, '/zoo');
  const value = authenticator.signIn(TOKEN);
  const { plain, guarded } = authenticator.cookieNames({ host: HOST });
  expect(plain).toBe('vivarium-8080.zoo');
  expect(guarded).toBe('__Host-vivarium-8080.zoo');
  expect(authenticator.authenticate({ host: HOST, cookie: `a=b; ${plain}=${value}; c=d` })).not.toBeNull();
  expect(authenticator.authenticate({ host: HOST, cookie: `x${plain}=${value}` })).toBeNull();
});

test('servers at two ports or paths of one host have cookies of their own', () => {
  const name = (host: string, basePath: string) => new Authenticator(TOKEN, basePath).cookieNames({ host }).plain;
  expect(new Set([name('h:1', ''), name('h:2', ''), name('h:1', '/a'), name('h', '')]).size).toBe(4);
});

test('only so many browsers are remembered, those that were seen last', () => {
  const authenticator = new Authenticator(TOKEN, '');
  const first = authenticator.signIn(TOKEN);
  const second = authenticator.signIn(TOKEN);
  const viewer = (value: string | null) =>
    authenticator.authenticate({ host: HOST, cookie: cookieOf(authenticator, value) });
  for (let count = 0; count < 998; count++) authenticator.signIn(TOKEN);
  expect(viewer(first)).not.toBeNull();
  authenticator.signIn(TOKEN);
  expect(viewer(first)).not.toBeNull();
  expect(viewer(second)).toBeNull();
});

test('a Bearer token counts, and a wrong one is not made good by a cookie', () => {
  const authenticator = new Authenticator('plain-token', '');
  expect(authenticator.authenticate({ authorization: 'Bearer plain-token' })).toEqual({ actor: 'token' });
  expect(authenticator.authenticate({ authorization: 'bearer plain-token' })).toEqual({ actor: 'token' });
  const cookie = cookieOf(authenticator, authenticator.signIn('plain-token'));
  expect(authenticator.authenticate({ host: HOST, cookie, authorization: 'Bearer wrong' })).toBeNull();
});
