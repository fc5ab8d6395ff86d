import { describe, expect, test } from 'vitest';
import { configText, configurationOf, type Entry, readEntries } from './configuration.ts';

const SERVERS = ['server.1=a:1:2', 'server.2=b:1:2', 'server.3=c:1:2', 'server.4=d:1:2:observer'];

function entries(...lines: string[]): Entry[] {
  return lines.map((line) => ({ key: line.split('=', 1)[0] ?? '', value: line.slice(line.indexOf('=') + 1) }));
}

describe('a configuration with groups', () => {
  test('is shown with a line for each group and weight, as Apache shows it', () => {
    const read = readEntries(entries('weight.2=5', 'group.1=1:2', ...SERVERS, 'group.7=3'));
    expect(read.faults).toEqual([]);
    expect(configText(configurationOf(read.servers, read.groups, 0x10000000an)).split('\n')).toEqual([
      'server.1=a:1:2:participant',
      'server.2=b:1:2:participant',
      'server.3=c:1:2:participant',
      'server.4=d:1:2:observer',
      'group.1=1:2',
      'group.7=3',
      'weight.1=1',
      'weight.2=5',
      'weight.3=1',
      'version=10000000a',
    ]);
  });

  test.each([
    [['group.1=1:2:3', 'group.2=3'], 'group.2', 'server 3 is in group.1 already'],
    [['group.1=1:2:3:5'], 'group.1', 'no participant server.5'],
    [['group.1=1:2:3:4'], 'group.1', 'no participant server.4'],
    [['group.1=1:2'], 'group.1', 'server.3 is in no group'],
    [['weight.1=1'], 'weight.1', 'server.1 is in no group'],
    [['group.1=1:2:3', 'weight.9=1'], 'weight.9', 'no server.9'],
    [['group.1=1:2:3', 'weight.1=-1'], 'weight.1', '"-1" is not a weight'],
    [['group.1=1:2:3', 'weight.1=x'], 'weight.1', '"x" is not a weight'],
    [['group.1=1:2:3', 'weight.1=0', 'weight.2=0', 'weight.3=0'], 'group.1', 'every weight is 0'],
    [['group.one=1:2:3'], 'group.one', '"one" is not the number'],
    [['group.1=1,2,3'], 'group.1', '"1,2,3" in "1,2,3" is not a server id'],
  ])('%j is refused', (lines, key, fault) => {
    const { faults } = readEntries(entries(...SERVERS, ...lines));
    expect(faults[0]?.setting.key).toBe(key);
    expect(faults[0]?.fault).toContain(fault);
  });
});
