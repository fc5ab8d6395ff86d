import { defineScenario } from '../../define-scenario.ts';
import { listOf } from '../registry-program.ts';
import { areListsEqual, consumers, deadNames, registryNodes, registryProtocol, servers } from '../registry-protocol.ts';

/** The registry to play with. */
export const freeAp = defineScenario(registryProtocol, {
  id: 'cap-free-ap',
  title: { en: 'Free play: the AP registry', zh: '自己动手：AP 注册中心' },
  purpose: {
    en: 'Register, deregister, ask, cut and heal as you like. Leases are looked at once a minute, from 1:40 on; the time of a step stands beside it.',
    zh: '随意注册、注销、询问、断开、恢复。租约从 1:40 起每分钟检查一次；每一步旁边都标着时间。',
  },
  kind: 'free',
  settings: [],
  nodes: registryNodes,
  begin: [],
  rules: [],
  narration: [],
  predictions: [],
  goals: [
    {
      id: 'dead',
      text: { en: 'Have a consumer be given a provider that is dead', zh: '让一个消费者拿到已死的提供者' },
      reached: (moment) =>
        consumers(moment).some(({ answer }) => deadNames(moment).some((name) => answer?.names.includes(name))),
    },
    {
      id: 'differ',
      text: {
        en: 'Have the two consumers hold lists that differ although all servers agree',
        zh: '让两个消费者手里的列表不同，而所有服务器已经一致',
      },
      reached: (moment) => {
        const [one, two] = consumers(moment);
        return (
          one?.answer != null &&
          two?.answer != null &&
          areListsEqual(moment) &&
          one.answer.names.join() !== two.answer.names.join()
        );
      },
    },
    {
      id: 'struck',
      text: {
        en: 'Have a provider that is alive struck off (more than 85 % of the others must be heard)',
        zh: '让一个活着的提供者被剔除（其余的续约须超过 85 %）',
      },
      reached: (moment) =>
        servers(moment).some((server) =>
          server.expired.some(
            (name) =>
              moment.nodes.get(name)?.status === 'up' &&
              !listOf(server).some((listed) => listed.split('×')[0] === name),
          ),
        ),
    },
  ],
  limit: 400,
  outcome: () => [
    { text: { en: 'Undisturbed, all lists are equal.', zh: '不受干扰时，所有列表一致。' }, holds: areListsEqual },
  ],
  breaks: () => [],
});
