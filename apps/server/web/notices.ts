/** Small pages that stand by themselves, for when the application cannot be shown. */
import { type ApiError, errorSentence } from '@vivarium/shared/contract/errors';

interface Notice {
  readonly en: readonly [title: string, ...sentences: string[]];
  readonly zh: readonly [title: string, ...sentences: string[]];
}

/** Says where the address with the token is found. `reload`: the browser may know us if only it asks again. */
export function signInPage(reload: boolean): string {
  const notice: Notice = {
    en: [
      'Not signed in',
      'Open the address with the token that the server printed in its terminal when it started (“Vivarium: http://…/?token=…”).',
      'After a restart of the server it is another one, unless --token or VIVARIUM_TOKEN chose it.',
    ],
    zh: [
      '尚未登录',
      '请打开服务器启动时在终端中打印的带令牌的地址（“Vivarium: http://…/?token=…”）。',
      '服务器重启后令牌会改变，除非用 --token 或 VIVARIUM_TOKEN 指定。',
    ],
  };
  return page(notice, reload ? '<meta http-equiv="refresh" content="0">' : '');
}

/** Says an error of the catalogue to a person. */
export function refusalPage({ code, params }: ApiError): string {
  return page(
    { en: ['Refused', errorSentence(code, params, 'en')], zh: ['已拒绝', errorSentence(code, params, 'zh')] },
    '',
  );
}

/** Says that there is no build of the web application. */
export function notBuiltPage(): string {
  return page(
    {
      en: ['The pages are not built', 'Start with npm start, which builds them. The interface below /api works.'],
      zh: ['页面尚未构建', '请用 npm start 启动，它会构建页面。/api 下的接口可以使用。'],
    },
    '',
  );
}

const STYLE = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 34rem; margin: 15vh auto; padding: 0 1.5rem; color-scheme: light dark }
h1 { font-size: 1.25rem; margin-bottom: .25rem } section + section { margin-top: 2.5rem } p { margin: .5rem 0 }`;

function page(notice: Notice, head: string): string {
  const section = (language: string, [title, ...sentences]: readonly [string, ...string[]]): string =>
    `<section lang="${language}"><h1>${escapeHtml(title)}</h1>${sentences.map((text) => `<p>${escapeHtml(text)}</p>`).join('')}</section>`;
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Vivarium</title>${head}<style>${STYLE}</style></head>
<body>${section('en', notice.en)}${section('zh-CN', notice.zh)}</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
