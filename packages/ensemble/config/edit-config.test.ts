import { expect, test } from 'vitest';
import { withDynamicConfigFile } from './edit-config.ts';

const ZOO_CFG = `# who we are
tickTime=2000

server.1=a:1:2
server.2 = b:1:\\
   2
! groups
group.1=1:2
weight.1=3
peerType=observer
clientPort=2181
clientPortListenBacklog=5
dynamicConfigFile=/old
dataDir=/data\\ dir`;

test('what the dynamic file says leaves zoo.cfg, and the rest stays as it was written', () => {
  expect(withDynamicConfigFile(ZOO_CFG, '/etc/zoo.cfg.dynamic.a', false)).toBe(`# who we are
tickTime=2000

! groups
clientPort=2181
clientPortListenBacklog=5
dataDir=/data\\ dir
dynamicConfigFile=/etc/zoo.cfg.dynamic.a
`);
});

test('the client port leaves too where the dynamic file has it', () => {
  const edited = withDynamicConfigFile(ZOO_CFG, '/x', true);
  expect(edited).not.toContain('clientPort=');
  expect(edited).toContain('clientPortListenBacklog=5');
});
