import { expect, test } from 'vitest';
import { JsonEntries, JsonNumber, jsonText } from './json.ts';

test('JSON as Jackson prints it', () => {
  const text = jsonText({
    text: 'a"\n',
    long: 0x100020202c30000n,
    double: new JsonNumber('0.0'),
    none: null,
    empty: [],
    nothing: {},
    numbers: [1, -2n],
    objects: [{ a: true }, { b: {} }],
    entries: new JsonEntries(new Map([['/a', [1n]]])),
    noEntries: new JsonEntries([]),
  });
  expect(text).toBe(`{
  "text" : "a\\"\\n",
  "long" : 72059801697452032,
  "double" : 0.0,
  "none" : null,
  "empty" : [ ],
  "nothing" : { },
  "numbers" : [ 1, -2 ],
  "objects" : [ {
    "a" : true
  }, {
    "b" : { }
  } ],
  "entries" : {
    "/a" : [ 1 ]
  },
  "noEntries" : { }
}`);
  expect(JSON.parse(text).objects).toEqual([{ a: true }, { b: {} }]);
});
