/** A drawing of the page as a file of its own: an SVG that needs no style sheet, and that SVG as a PNG. */

const SVG = 'http://www.w3.org/2000/svg';
const PADDING_PX = 16;
const HEADER_PX = 52;
/** So many pixels of the PNG are one of the drawing. */
const PNG_SCALE = 2;
/** What reading the fonts of an image may take. */
const FONTS_MS = 400;

/** What a drawing's look is made of; all else follows from the geometry that its attributes say. */
const INHERITED = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-width',
  'stroke-dasharray',
  'stroke-linecap',
  'stroke-linejoin',
  'stroke-opacity',
  'paint-order',
  'font-family',
  'font-size',
  'font-weight',
  'font-feature-settings',
  'letter-spacing',
  'text-anchor',
  'dominant-baseline',
  'visibility',
  'writing-mode',
] as const;
/** What says nothing outside of the page. */
const DROPPED = /^(?:class|style|role|tabindex|type|aria-.*|data-.*)$/;

/** The words above a picture. */
export interface PictureTitle {
  readonly title: string;
  readonly step: string;
}

/** The drawing as the text of an SVG file, as it looks now: its theme, its fonts by name, no class and no variable left. */
export function svgOf(drawing: SVGSVGElement, { title, step }: PictureTitle): string {
  const { width, height } = drawing.getBoundingClientRect();
  const [outerWidth, outerHeight] = [Math.ceil(width + 2 * PADDING_PX), Math.ceil(height + HEADER_PX + PADDING_PX)];
  const style = getComputedStyle(drawing);
  const root = element('svg', {
    width: outerWidth,
    height: outerHeight,
    viewBox: `0 0 ${outerWidth} ${outerHeight}`,
    'font-family': style.fontFamily,
  });
  const ink = (name: string) => style.getPropertyValue(name).trim();
  root.append(
    text(element('title', {}), `${title}, ${step}`),
    element('rect', { width: outerWidth, height: outerHeight, fill: groundOf(drawing) }),
    text(element('text', { x: PADDING_PX, y: 26, 'font-size': 15, 'font-weight': 600, fill: ink('--ink-1') }), title),
    text(element('text', { x: PADDING_PX, y: 43, 'font-size': 12, fill: ink('--ink-3') }), step),
  );
  const inner = element('svg', { x: PADDING_PX, y: HEADER_PX, width, height, overflow: 'visible' });
  const viewBox = drawing.getAttribute('viewBox');
  if (viewBox !== null) inner.setAttribute('viewBox', viewBox);
  // What is too much for SVG is drawn on a canvas below it.
  for (const canvas of drawing.parentElement?.querySelectorAll<HTMLCanvasElement>(':scope > canvas') ?? []) {
    inner.append(element('image', { width, height, href: canvas.toDataURL('image/png') }));
  }
  for (const child of drawing.children) {
    const copy = copyOf(child, null);
    if (copy !== null) inner.append(copy);
  }
  root.append(inner);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(root)}\n`;
}

/** The text of an SVG file as the bytes of a PNG, twice as large. */
export async function pngOf(svg: string): Promise<Uint8Array> {
  // An image has no fonts but those of the system and those within it.
  const withFonts = svg.replace('</title>', `</title><style>${(await fontRules()).join('')}</style>`);
  const url = URL.createObjectURL(new Blob([withFonts], { type: 'image/svg+xml' }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = image.naturalWidth * PNG_SCALE;
    canvas.height = image.naturalHeight * PNG_SCALE;
    const context = canvas.getContext('2d');
    // The fonts within an image are read when it is first drawn, and words wait for them: those of Chinese are many.
    context?.drawImage(image, 0, 0, canvas.width, canvas.height);
    await new Promise((resolve) => setTimeout(resolve, FONTS_MS));
    context?.clearRect(0, 0, canvas.width, canvas.height);
    context?.drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
    if (blob === null) throw new Error('the browser could not make a PNG of it');
    return new Uint8Array(await blob.arrayBuffer());
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** The fonts that the page has loaded, as rules that hold them. */
async function fontRules(): Promise<readonly string[]> {
  const loaded = new Set([...document.fonts].flatMap((face) => (face.status === 'loaded' ? fontKey(face) : [])));
  const rules = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]);
  return Promise.all(
    rules.flatMap((rule) => {
      if (!(rule instanceof CSSFontFaceRule)) return [];
      const { style, parentStyleSheet } = rule;
      const [family, unicodeRange] = [style.getPropertyValue('font-family'), style.getPropertyValue('unicode-range')];
      const file = /url\("?([^")]+)"?\)/.exec(style.getPropertyValue('src'))?.[1];
      if (file === undefined || !loaded.has(fontKey({ family, unicodeRange }))) return [];
      const url = new URL(file, parentStyleSheet?.href ?? document.baseURI);
      return [
        fontRule(url, `font-family:${family};font-weight:${style.getPropertyValue('font-weight')}`, unicodeRange),
      ];
    }),
  );
}

async function fontRule(url: URL, names: string, unicodeRange: string): Promise<string> {
  const data = await (await fetch(url)).blob();
  const source = await new Promise<string>((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(data);
  });
  return `@font-face{${names};unicode-range:${unicodeRange || 'U+0-10FFFF'};src:url(${source})}`;
}

/** Names a font face: its family in quotes or without, and which characters it is for. */
function fontKey({ family, unicodeRange }: { readonly family: string; readonly unicodeRange: string }): string {
  return `${family.replaceAll(/["']/g, '')} ${(unicodeRange || 'U+0-10FFFF').replaceAll(' ', '').toUpperCase()}`;
}

/** A copy whose look is written into it where it differs from its parent's; null for what is not to be seen. */
function copyOf(source: Element, parentStyle: CSSStyleDeclaration | null): Element | null {
  const style = getComputedStyle(source);
  if (style.display === 'none' || source.localName === 'foreignObject') return null;
  const copy = document.createElementNS(SVG, source.localName);
  for (const { name, value } of source.attributes) {
    if (!DROPPED.test(name) && !value.includes('var(')) copy.setAttribute(name, value);
  }
  if (source.localName !== 'title' && source.closest('clipPath') === null) {
    for (const name of INHERITED) {
      const value = style.getPropertyValue(name);
      if (value === '' || value === parentStyle?.getPropertyValue(name)) copy.removeAttribute(name);
      else copy.setAttribute(name, value);
    }
    if (style.opacity !== '1') copy.setAttribute('opacity', style.opacity);
    // A transform of the style sheet; one that is an attribute has been copied with it.
    if (style.transform !== 'none' && !source.hasAttribute('transform')) {
      copy.setAttribute('style', `transform:${style.transform};transform-origin:${style.transformOrigin}`);
    }
  }
  for (const child of source.childNodes) {
    if (child instanceof Element) {
      const inner = copyOf(child, style);
      if (inner !== null) copy.append(inner);
    } else if (child.nodeType === Node.TEXT_NODE) copy.append(child.textContent ?? '');
  }
  return copy;
}

/** The ground that the drawing lies on: of the nearest element around it that has one. */
function groundOf(drawing: Element): string {
  for (let at: Element | null = drawing; at !== null; at = at.parentElement) {
    const colour = getComputedStyle(at).backgroundColor;
    if (colour !== '' && colour !== 'transparent' && !/,\s*0\)$/.test(colour)) return colour;
  }
  return 'white';
}

function element(name: string, attributes: Readonly<Record<string, string | number>>): Element {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}

function text(of: Element, content: string): Element {
  of.textContent = content;
  return of;
}
