import { expect, test } from 'vitest';
import { withoutBasePath } from './base-path.ts';

test.each([
  ['/zoo/api/clusters?x=1', '/api/clusters?x=1'],
  ['/zoo', '/'],
  ['/zoo/', '/'],
  ['/zoo?token=x', '/?token=x'],
  ['/api/clusters', '/api/clusters'],
  ['/zoological', '/zoological'],
  ['/', '/'],
])('below /zoo, %s is %s', (url, path) => {
  expect(withoutBasePath(url, '/zoo')).toBe(path);
});

test('without a base path nothing is taken off', () => {
  expect(withoutBasePath('/zoo/x', '')).toBe('/zoo/x');
});
