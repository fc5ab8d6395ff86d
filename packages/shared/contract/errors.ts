/**
 * Every error that crosses the network: a code for programs, parameters, and the sentence that a person reads, in each
 * language. The server answers with the English one beside code and parameters; the browser makes its own.
 */

interface ErrorText {
  /** HTTP status. */
  readonly status: number;
  /** `{name}` stands for a parameter. */
  readonly en: string;
  readonly zh: string;
}

export type ErrorParams = Readonly<Record<string, string | number>>;

export interface ApiError {
  readonly code: ApiErrorCode;
  readonly params: ErrorParams;
  /** In English. */
  readonly message: string;
}

export const errorTexts = {
  unauthorised: {
    status: 401,
    en: 'Open the address with the token that the server printed when it started, or send the token as a Bearer token.',
    zh: '请打开服务器启动时打印的带令牌的地址，或以 Bearer 方式发送令牌。',
  },
  forbidden: { status: 403, en: 'You may not {action} {path}.', zh: '您无权对 {path} 执行 {action}。' },
  foreignOrigin: { status: 403, en: 'Requests from {origin} are refused.', zh: '拒绝来自 {origin} 的请求。' },
  foreignHost: {
    status: 403,
    en: 'This server does not answer for the host {host}.',
    zh: '本服务器不以主机名 {host} 提供服务。',
  },
  notFound: { status: 404, en: 'There is nothing at {path}.', zh: '{path} 处没有内容。' },
  badRequest: { status: 400, en: '{where}: {what}.', zh: '{where}：{what}。' },
  tooLarge: {
    status: 413,
    en: 'The request has more than {limit} bytes.',
    zh: '请求超过了 {limit} 字节。',
  },
  tooManyRequests: {
    status: 429,
    en: 'Too many requests: try again in {seconds} s.',
    zh: '请求过多：请在 {seconds} 秒后重试。',
  },
  unknownCluster: { status: 404, en: 'There is no cluster “{cluster}”.', zh: '没有名为“{cluster}”的集群。' },
  unknownServer: { status: 404, en: 'There is no server {sid}.', zh: '没有 {sid} 号服务器。' },
  notCapable: {
    status: 409,
    en: 'This cannot be done to “{cluster}”: it is {kind}.',
    zh: '无法对“{cluster}”执行此操作：其类型为 {kind}。',
  },
  alreadyRunning: { status: 409, en: 'Server {sid} already runs.', zh: '{sid} 号服务器已在运行。' },
  notRunning: { status: 409, en: 'Server {sid} does not run.', zh: '{sid} 号服务器未在运行。' },
  notPaused: { status: 409, en: 'Server {sid} is not paused.', zh: '{sid} 号服务器未被暂停。' },
  alreadyPaused: { status: 409, en: 'Server {sid} is already paused.', zh: '{sid} 号服务器已被暂停。' },
  busy: { status: 409, en: 'Server {sid} is just being changed: try again.', zh: '{sid} 号服务器正在变更中：请重试。' },
  badLink: { status: 400, en: 'There is no link from {from} to {to}.', zh: '没有从 {from} 到 {to} 的链路。' },
  badPath: { status: 400, en: '“{path}” is no path: it {fault}.', zh: '“{path}”不是有效路径。' },
  dataTooLarge: {
    status: 413,
    en: 'The data has {bytes} bytes; a znode holds {limit} at most.',
    zh: '数据有 {bytes} 字节；znode 最多容纳 {limit} 字节。',
  },
  badData: { status: 400, en: 'The data is not valid base64.', zh: '数据不是有效的 base64。' },
  notMirrored: {
    status: 503,
    en: 'The tree of the cluster is not held in memory now: it is being read, or cannot be.',
    zh: '该集群的树目前不在内存中：正在读取，或无法读取。',
  },
  bodyDropped: {
    status: 409,
    en: 'The data of {path} are not held in memory: the tree is larger than the limit.',
    zh: '内存中没有 {path} 的数据：该树超过了限制。',
  },
  noNode: { status: 404, en: 'There is no znode {path}.', zh: 'znode {path} 不存在。' },
  nodeExists: { status: 409, en: 'There already is a znode {path}.', zh: 'znode {path} 已存在。' },
  noParent: {
    status: 404,
    en: 'There is no znode {parent} to create {path} in.',
    zh: '父节点 {parent} 不存在，无法创建 {path}。',
  },
  notEmpty: { status: 409, en: 'The znode {path} has children.', zh: 'znode {path} 有子节点。' },
  reservedPath: {
    status: 409,
    en: 'The znode {path} is ZooKeeper’s own and stays.',
    zh: 'znode {path} 属于 ZooKeeper 自身，不能删除。',
  },
  badVersion: {
    status: 409,
    en: 'The znode {path} is not at version {expected} any more.',
    zh: 'znode {path} 的版本已不是 {expected}。',
  },
  noQuorum: {
    status: 503,
    en: 'The server {server} has lost its quorum and takes no writes.',
    zh: '服务器 {server} 已失去法定人数，不接受写入。',
  },
  noAuth: { status: 403, en: 'The ACL of {path} does not permit it.', zh: '{path} 的 ACL 不允许此操作。' },
  noChildrenForEphemerals: {
    status: 409,
    en: 'The znode {parent} is ephemeral and cannot have children.',
    zh: 'znode {parent} 是临时节点，不能有子节点。',
  },
  invalidAcl: { status: 400, en: 'The ACL is not valid.', zh: 'ACL 无效。' },
  ephemeralNeedsViewer: {
    status: 409,
    en: 'An ephemeral znode belongs to a session that stays: create it from an open page.',
    zh: '临时节点属于一个持续的会话：请在打开的页面中创建。',
  },
  badTtl: { status: 400, en: 'A TTL is 1 to {limit} ms.', zh: 'TTL 应为 1 到 {limit} 毫秒。' },
  transactionNotKept: {
    status: 404,
    en: 'Transaction {zxid} is not kept.',
    zh: '未保存事务 {zxid}。',
  },
  transactionsUnavailable: {
    status: 503,
    en: 'The transactions that are kept cannot be read: {reason}.',
    zh: '无法读取已保存的事务：{reason}。',
  },
  noService: {
    status: 503,
    en: 'No server of the cluster answers: {reason}.',
    zh: '集群中没有服务器应答：{reason}。',
  },
  connectionLost: {
    status: 503,
    en: 'The connection to {server} was lost before the answer: the change may or may not have been made.',
    zh: '在收到应答前与 {server} 的连接已断开：更改可能已生效，也可能没有。',
  },
  timeout: { status: 504, en: 'No answer came within {ms} ms.', zh: '{ms} 毫秒内没有应答。' },
  instantNotKept: {
    status: 410,
    en: 'Event {at} is not kept any more: the first one is {first}.',
    zh: '事件 {at} 已不再保留：最早的是 {first}。',
  },
  instantUnknown: {
    status: 404,
    en: 'There is no event {at} yet: the last one is {last}.',
    zh: '尚无事件 {at}：最新的是 {last}。',
  },
  pastUnreadable: {
    status: 409,
    en: 'The tree at {zxid} cannot be read from the logs: {reason}.',
    zh: '无法从日志读取 {zxid} 时的树：{reason}。',
  },
  readOnlyPast: { status: 409, en: 'The past cannot be changed: go live first.', zh: '过去无法更改：请先回到实时。' },
  connectNoServer: {
    status: 400,
    en: 'Name at least one server, as host:port.',
    zh: '请至少填写一台服务器，格式为 主机:端口。',
  },
  connectBadServer: {
    status: 400,
    en: '“{part}” is no server: write host:port, with IPv6 addresses in brackets.',
    zh: '“{part}”不是有效的服务器：请写成 主机:端口，IPv6 地址需加方括号。',
  },
  connectBadPort: {
    status: 400,
    en: 'The port of “{part}” is no number from 1 to 65535.',
    zh: '“{part}”的端口不是 1 到 65535 之间的数字。',
  },
  connectBadChroot: {
    status: 400,
    en: '“{part}” behind the servers is no path of a znode.',
    zh: '服务器之后的“{part}”不是有效的 znode 路径。',
  },
  connectTooMany: {
    status: 400,
    en: 'There are more than {limit} servers.',
    zh: '服务器超过了 {limit} 台。',
  },
  hostNotPermitted: {
    status: 403,
    en: '{address} may not be attached from the page. Whoever runs this server can allow it with --attach-hosts, or name the cluster in clusters.json.',
    zh: '不允许从页面接入 {address}。本服务的管理者可以通过 --attach-hosts 放行，或将该集群写入 clusters.json。',
  },
  hostUnknown: { status: 400, en: 'The name {host} has no address.', zh: '主机名 {host} 没有对应的地址。' },
  alreadyAttached: {
    status: 409,
    en: 'This cluster is there already, as “{name}”.',
    zh: '该集群已经接入，名称为“{name}”。',
  },
  tooManyClusters: {
    status: 409,
    en: 'There are already {limit} attached clusters.',
    zh: '已接入 {limit} 个集群，达到上限。',
  },
  clustersFileFaulty: {
    status: 409,
    en: 'Line {line} of clusters.json is not as it should be, so nothing can be changed in it; the server’s log says what is wrong.',
    zh: 'clusters.json 第 {line} 行有误，无法写入更改；详情见服务器日志。',
  },
  clustersFileUnwritable: {
    status: 500,
    en: 'clusters.json could not be written: {reason}.',
    zh: '无法写入 clusters.json：{reason}。',
  },
  readOnlyCluster: {
    status: 409,
    en: '“{cluster}” is read-only here: its switch in the bar at the top allows changes.',
    zh: '“{cluster}”在此处为只读：可通过顶部栏的开关允许更改。',
  },
  tooManyNodes: {
    status: 409,
    en: '{path} has more than {limit} descendants: delete it in parts.',
    zh: '{path} 的后代超过 {limit} 个：请分批删除。',
  },
  badMessage: {
    status: 400,
    en: 'The message “{message}” is not as agreed: {what}.',
    zh: '消息“{message}”不符合约定：{what}。',
  },
  tooManyViewers: { status: 503, en: 'There are already {limit} viewers.', zh: '已有 {limit} 个查看者。' },
  wordNotAllowed: {
    status: 409,
    en: 'Server {sid} does not allow “{word}”: add it to its 4lw.commands.whitelist, or open its admin server.',
    zh: '{sid} 号服务器不允许“{word}”：请将其加入该服务器的 4lw.commands.whitelist，或开放其管理端口。',
  },
  wordNotAnswered: {
    status: 502,
    en: 'Server {sid} did not answer “{word}”: {reason}.',
    zh: '{sid} 号服务器没有应答“{word}”：{reason}。',
  },
  zookeeper: { status: 502, en: 'ZooKeeper answered {name} for {path}.', zh: 'ZooKeeper 对 {path} 返回 {name}。' },
  internal: {
    status: 500,
    en: 'The server failed at this request; its log has more ({id}).',
    zh: '服务器处理此请求时出错；详情见其日志（{id}）。',
  },
} as const satisfies Record<string, ErrorText>;

export type ApiErrorCode = keyof typeof errorTexts;

/** The sentence of an error in a language, with its parameters in place. */
export function errorSentence(code: ApiErrorCode, params: ErrorParams, language: 'en' | 'zh'): string {
  return errorTexts[code][language].replace(/\{(\w+)\}/g, (whole, name: string) => `${params[name] ?? whole}`);
}

/** The error as it crosses the network. */
export function apiError(code: ApiErrorCode, params: ErrorParams = {}): ApiError {
  return { code, params, message: errorSentence(code, params, 'en') };
}
