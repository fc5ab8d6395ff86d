import { encodeBase64 } from '@vivarium/shared/base64';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classify, encodeText, fromBase64, lineEnd, readData } from './data-kind.ts';
import { hexLine, hexLineCount } from './hex.ts';
import { hasBigInteger, isJson, layOut, pack, packingOf } from './json-text.ts';

const kindOf = (text: string) => classify(encodeText(text)).kind;

describe('what data is', () => {
  it('tells no data from no bytes', () => {
    expect(readData(null).kind).toBe('none');
    expect(readData('').kind).toBe('empty');
  });

  it('tells JSON, text and binary data apart', () => {
    expect(kindOf('{"a": 1}')).toBe('json');
    expect(kindOf('[1, 2]')).toBe('json');
    expect(kindOf('42')).toBe('text');
    expect(kindOf('{"a": }')).toBe('text');
    expect(kindOf('grün 绿 🌿')).toBe('text');
    expect(classify(new Uint8Array([0xff, 0xfe, 0])).kind).toBe('binary');
    expect(classify(new Uint8Array([0x41, 0, 0x42])).kind).toBe('binary');
    expect(classify(new Uint8Array([0xc3])).kind).toBe('binary');
  });

  it('shows as text only what comes back byte for byte, a byte order mark too', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const { text } = classify(bytes);
        if (text !== null) expect(encodeText(text)).toEqual(new Uint8Array(bytes));
      }),
    );
    const marked = new Uint8Array([0xef, 0xbb, 0xbf, 0x61]);
    expect(encodeText(classify(marked).text ?? '')).toEqual(marked);
  });

  it('reads base64', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(fromBase64(encodeBase64(bytes))).toEqual(new Uint8Array(bytes));
      }),
    );
  });

  it('knows how lines end', () => {
    expect(['a', 'a\nb', 'a\r\nb', 'a\rb', 'a\r\nb\nc'].map(lineEnd)).toEqual(['\n', '\n', '\r\n', '\n', '\n']);
  });
});

describe('JSON as text', () => {
  it('lays out without changing a literal', () => {
    const text = '{"a":9007199254740993,"b":[1,2.50,-0,1e400],"c":{"d":"x: {,}","d":"\\u0041"},"e":[],"f":{}}';
    expect(layOut(text)).toBe(
      '{\n  "a": 9007199254740993,\n  "b": [1, 2.50, -0, 1e400],\n  "c": {\n    "d": "x: {,}",\n    "d": "\\u0041"\n  },\n  "e": [],\n  "f": {}\n}',
    );
  });

  it('means the same after it is laid out', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify([value]);
        expect(JSON.parse(layOut(text))).toEqual(JSON.parse(text));
        expect(layOut(layOut(text))).toBe(layOut(text));
      }),
    );
  });

  it('is packed again as it was', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const tight = JSON.stringify([value]);
        expect(packingOf(tight)).toBe('tight');
        expect(pack(layOut(tight), 'tight')).toBe(tight);
      }),
    );
    expect(packingOf('{"a": [1, 2], "b": ":,"}')).toBe('spaced');
    expect(pack(layOut('{"a": [1, 2], "b": ":,"}'), 'spaced')).toBe('{"a": [1, 2], "b": ":,"}');
    expect(packingOf('{"a": 1,"b":2}')).toBeNull();
    expect(packingOf('{"a":\n1}')).toBeNull();
  });

  it('is not JSON where a value alone stands', () => {
    expect([isJson('12'), isJson(' {} '), isJson('null')]).toEqual([false, true, false]);
  });

  it('finds integers above 2^53', () => {
    expect(hasBigInteger('"a": 9007199254740993,')).toBe(true);
    expect(hasBigInteger('"a": 9007199254740991,')).toBe(false);
    expect(hasBigInteger('"a": "9007199254740993"')).toBe(false);
    expect(hasBigInteger('"a": 1.9007199254740993')).toBe(false);
  });
});

describe('the hex view', () => {
  it('shows offset, bytes and ASCII', () => {
    const bytes = Uint8Array.from({ length: 20 }, (_, i) => 0x3c + i);
    expect(hexLineCount(bytes)).toBe(2);
    expect(hexLine(bytes, 1)).toEqual({ offset: '00000010', hex: ['4c 4d 4e 4f', ''], ascii: 'LMNO' });
    expect(hexLine(new Uint8Array([0, 0x41, 0xff]), 0)).toEqual({
      offset: '00000000',
      hex: ['00 41 ff', ''],
      ascii: '·A·',
    });
    expect(hexLineCount(new Uint8Array())).toBe(0);
  });
});
