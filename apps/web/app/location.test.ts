import { describe, expect, test } from 'vitest';
import { changePlace, formatSearch, hrefOf, type Place, parsePath, parseSearch, placeOf } from './location.ts';

const place: Place = {
  cluster: 'local',
  page: 'cluster',
  select: 'server:2',
  tab: 'election',
  view: 'ring',
  path: null,
  below: null,
  session: null,
  operation: null,
  from: null,
  to: null,
  lab: null,
  p: null,
  mode: null,
  at: 41,
};

describe('an address', () => {
  test('of a place leads back to it', () => {
    const href = hrefOf(place);
    expect(href).toBe('/c/local/cluster?view=ring&select=server:2&tab=election&at=41');
    const [pathname = '', query = ''] = href.split('?');
    expect(placeOf(pathname, parseSearch(`?${query}`))).toEqual(place);
  });

  test('keeps every filter', () => {
    const filters = { below: '/a', session: '0x1f', operation: 'setData', from: '1700000000000', to: '1700000000001' };
    const filtered: Place = { ...place, page: 'transactions', ...filters };
    const [pathname = '', query = ''] = hrefOf(filtered).split('?');
    expect(placeOf(pathname, parseSearch(`?${query}`))).toEqual(filtered);
  });

  test.each(['/a b/c&d=e#f?g', '/%2F', '/数据', '/"quoted"', 'true', '12'])('keeps the path %s', (path) => {
    expect(parseSearch(formatSearch({ path })).path).toBe(path);
  });

  test('leaves out what is not of the right form', () => {
    expect(parseSearch('?at=-1&tab=&view=table&token=secret')).toEqual({ view: 'table' });
    expect(parseSearch('?at=1e9')).toEqual({});
  });

  test('without a page is the page Cluster; an unknown page is no place', () => {
    expect(parsePath('/c/local')).toEqual({ cluster: 'local', page: 'cluster', lab: null });
    expect(parsePath('/c/outage%20of%2012%20April/explorer')).toEqual({
      cluster: 'outage of 12 April',
      page: 'explorer',
      lab: null,
    });
    expect(parsePath('/c/local/terminal')).toBeNull();
    expect(parsePath('/c/%E0%A4%A/cluster')).toBeNull();
    expect(parsePath('/')).toBeNull();
  });
});

describe('the labs', () => {
  test('have an address without a cluster', () => {
    const lab: Place = { ...place, cluster: '', page: 'labs', lab: 'paxos-two-proposers', mode: 'goals', p: '1.a_b' };
    const href = hrefOf({ ...lab, select: 'server:2' });
    expect(href).toBe('/labs/paxos-two-proposers?mode=goals&p=1.a_b');
    const [pathname = '', query = ''] = href.split('?');
    expect(placeOf(pathname, parseSearch(`?${query}`))).toMatchObject({
      page: 'labs',
      lab: lab.lab,
      mode: 'goals',
      p: lab.p,
    });
    expect(parsePath('/labs/')).toEqual({ cluster: '', page: 'labs', lab: null });
    expect(parsePath('/labs/a/b')).toBeNull();
    expect(parsePath('/labs/%E0%A4%A')).toBeNull();
  });

  test('lead back to the cluster that was shown', () => {
    const lab = placeOf('/labs/paxos-two-proposers', { p: '1.a_b' });
    expect(hrefOf(changePlace(lab, { page: 'explorer', lab: null }, 'local'))).toBe('/c/local/explorer');
    expect(hrefOf(changePlace(place, { page: 'labs', lab: null }))).toBe('/labs');
  });

  test('forget the moment of one lesson in another', () => {
    const lab = placeOf('/labs/paxos-two-proposers', { p: '1.a_b' });
    expect(hrefOf(changePlace(lab, { lab: 'paxos-livelock' }))).toBe('/labs/paxos-livelock');
  });
});

test('an address without a cluster is the start', () => {
  expect(hrefOf(changePlace(placeOf('/c/local/terminal', {}), { page: 'explorer' }))).toBe('/');
});

describe('a change of place', () => {
  test('on the same page keeps the rest', () => {
    expect(changePlace(place, { tab: 'events' })).toEqual({ ...place, tab: 'events' });
  });

  test('to another page keeps the instant and forgets the choice', () => {
    expect(changePlace(place, { page: 'explorer', path: '/a' })).toEqual({
      ...place,
      page: 'explorer',
      select: null,
      tab: null,
      view: null,
      path: '/a',
    });
  });

  test('to another cluster forgets the instant too', () => {
    expect(changePlace(place, { cluster: 'recording' }).at).toBeNull();
  });
});
