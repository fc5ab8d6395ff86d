import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { json } from '@codemirror/lang-json';
import { bracketMatching, HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { Compartment, EditorState, type Extension, StateEffect, StateField, Transaction } from '@codemirror/state';
import {
  Decoration,
  type DecorationSet,
  EditorView,
  highlightSpecialChars,
  keymap,
  lineNumbers,
  placeholder,
  WidgetType,
} from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { useEffect, useRef } from 'react';
import type { LineEnd } from '../data/data-kind.ts';
import { hasBigInteger } from '../data/json-text.ts';
import { changedSpan, diffLines } from '../data/line-diff.ts';

export interface CodeEditorProps {
  readonly text: string;
  readonly language: 'json' | 'text';
  /** Fixed for the life of the editor. */
  readonly lineEnd: LineEnd;
  readonly readOnly: boolean;
  readonly wrap: boolean;
  /** Lines that differ from this are marked; null for no marks. */
  readonly base: string | null;
  readonly label: string;
  /** Shown where there is no text. */
  readonly hint: string;
  readonly bigIntegerHint: string;
  /** Before what a changed line was. */
  readonly wasHint: string;
  /** The keyboard comes here each time that this rises. */
  readonly focusCount: number;
  readonly onChange: (text: string) => void;
  readonly onSave: () => void;
  /** Escape was pressed. */
  readonly onLeave: () => void;
}

/** A text with line numbers, coloured as JSON where it is; every character of it stays as it is. */
export function CodeEditor(props: CodeEditorProps) {
  const { text, language, lineEnd, readOnly, wrap, base, label, hint, focusCount } = props;
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const latest = useRef(props);
  useEffect(() => {
    latest.current = props;
  });

  // biome-ignore lint/correctness/useExhaustiveDependencies: the editor is made once; the effects below bring what changes.
  useEffect(() => {
    if (host.current === null) return;
    const editor = new EditorView({
      parent: host.current,
      state: EditorState.create({
        doc: text,
        extensions: [
          EditorState.lineSeparator.of(lineEnd),
          EditorState.tabSize.of(2),
          lineNumbers(),
          history(),
          highlightSpecialChars(),
          bracketMatching(),
          theme,
          syntaxHighlighting(colours),
          keymap.of([
            { key: 'Mod-s', preventDefault: true, run: () => tell(latest.current.onSave) },
            { key: 'Escape', run: () => tell(latest.current.onLeave) },
            ...historyKeymap,
            ...defaultKeymap,
          ]),
          marks(() => latest.current),
          parts.language.of(languageOf(language)),
          parts.readOnly.of(readOnlyOf(readOnly)),
          parts.wrap.of(wrap ? EditorView.lineWrapping : []),
          parts.about.of(aboutOf(label, hint)),
          EditorView.updateListener.of((update) => {
            if (update.docChanged && !update.transactions.some((one) => one.isUserEvent('vivarium.shown'))) {
              latest.current.onChange(update.state.sliceDoc());
            }
          }),
        ],
      }),
    });
    view.current = editor;
    return () => {
      editor.destroy();
      view.current = null;
    };
  }, [lineEnd]);

  useEffect(() => {
    const editor = view.current;
    if (editor === null || editor.state.sliceDoc() === text) return;
    const { anchor } = editor.state.selection.main;
    editor.dispatch({
      changes: { from: 0, to: editor.state.doc.length, insert: editor.state.toText(text) },
      selection: { anchor: Math.min(anchor, editor.state.toText(text).length) },
      userEvent: 'vivarium.shown',
      annotations: Transaction.addToHistory.of(false),
    });
  }, [text]);
  useEffect(() => view.current?.dispatch({ effects: parts.language.reconfigure(languageOf(language)) }), [language]);
  useEffect(() => view.current?.dispatch({ effects: parts.readOnly.reconfigure(readOnlyOf(readOnly)) }), [readOnly]);
  useEffect(
    () => view.current?.dispatch({ effects: parts.wrap.reconfigure(wrap ? EditorView.lineWrapping : []) }),
    [wrap],
  );
  useEffect(() => view.current?.dispatch({ effects: parts.about.reconfigure(aboutOf(label, hint)) }), [label, hint]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: marks are made again when what they compare with changes.
  useEffect(() => view.current?.dispatch({ effects: markAgain.of(null) }), [base, language]);
  useEffect(() => {
    if (focusCount > 0) view.current?.focus();
  }, [focusCount]);

  return <div ref={host} className="code-editor" style={{ flex: 1, minHeight: 0, minWidth: 0 }} />;
}

/** A key's deed that the key is done with. */
function tell(deed: () => void): boolean {
  deed();
  return true;
}

const parts = {
  language: new Compartment(),
  readOnly: new Compartment(),
  wrap: new Compartment(),
  about: new Compartment(),
};

function languageOf(language: 'json' | 'text'): Extension {
  return language === 'json' ? json() : [];
}

function readOnlyOf(readOnly: boolean): Extension {
  return readOnly ? [EditorState.readOnly.of(true), EditorView.editable.of(false)] : [];
}

function aboutOf(label: string, hint: string): Extension {
  // What cannot be edited is reached by the keyboard as well, to be scrolled and copied.
  return [EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }), placeholder(hint)];
}

const markAgain = StateEffect.define<null>();

/** Texts of more lines are not compared at each key. */
const MAX_MARKED_LINES = 5_000;

class Hint extends WidgetType {
  readonly text: string;

  constructor(text: string) {
    super();
    this.text = text;
  }

  override eq(other: Hint): boolean {
    return other.text === this.text;
  }

  toDOM(): HTMLElement {
    const element = document.createElement('span');
    element.className = 'cm-hint';
    element.textContent = this.text;
    return element;
  }
}

/** Changed lines with what they were, and integers that other tools would round. */
function marks(props: () => CodeEditorProps): Extension {
  const make = (state: EditorState): DecorationSet => {
    const { base, language, bigIntegerHint, wasHint } = props();
    const { doc } = state;
    if (doc.lines > MAX_MARKED_LINES) return Decoration.none;
    const was = new Map<number, string>();
    const changed = new Set<number>();
    if (base !== null) {
      const before = base.split(props().lineEnd);
      for (const chunk of diffLines(before, [...doc.iterLines()])) {
        if (chunk.same) continue;
        for (let i = chunk.bStart; i < chunk.bEnd; i++) {
          changed.add(i + 1);
          const old = before[chunk.aStart + i - chunk.bStart];
          if (chunk.aStart + i - chunk.bStart >= chunk.aEnd || old === undefined) continue;
          const { from, to } = changedSpan(old, doc.line(i + 1).text);
          was.set(i + 1, old.slice(from, to).trim());
        }
      }
    }
    const ranges = [];
    for (let number = 1; number <= doc.lines; number++) {
      const line = doc.line(number);
      const hints: string[] = [];
      const old = was.get(number);
      if (old !== undefined && old !== '') hints.push(`${wasHint} ${old.length > 48 ? `${old.slice(0, 47)}…` : old}`);
      if (language === 'json' && hasBigInteger(line.text)) hints.push(bigIntegerHint);
      if (changed.has(number)) ranges.push(changedLine.range(line.from));
      if (hints.length > 0) {
        ranges.push(Decoration.widget({ widget: new Hint(hints.join(' · ')), side: 1 }).range(line.to));
      }
    }
    return Decoration.set(ranges, true);
  };
  return StateField.define<DecorationSet>({
    create: make,
    update: (value, transaction) =>
      transaction.docChanged || transaction.effects.some((effect) => effect.is(markAgain))
        ? make(transaction.state)
        : value,
    provide: (field) => EditorView.decorations.from(field),
  });
}

const changedLine = Decoration.line({ class: 'cm-changed' });

const colours = HighlightStyle.define([
  { tag: tags.propertyName, color: 'var(--code-key)' },
  { tag: tags.string, color: 'var(--code-string)' },
  { tag: tags.number, color: 'var(--code-number)' },
  { tag: [tags.bool, tags.null], color: 'var(--code-word)' },
  { tag: [tags.punctuation, tags.separator, tags.brace, tags.squareBracket], color: 'var(--code-punct)' },
  { tag: tags.invalid, color: 'var(--sev-critical-ink)' },
]);

const theme = EditorView.theme({
  '&': { height: '100%', color: 'var(--ink-1)', backgroundColor: 'var(--bg-sunken)', fontSize: 'var(--fs-12)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': {
    // The other one for what the first has no glyphs for.
    fontFamily: 'var(--font-mono), var(--font-ui)',
    fontFeatureSettings: 'var(--font-features-mono)',
    lineHeight: '20px',
  },
  '.cm-content': { padding: '8px 0', caretColor: 'var(--ink-1)' },
  '.cm-content:focus-visible': { outline: 'none' },
  '&.cm-focused .cm-gutters': { color: 'var(--ink-2)' },
  '.cm-line': { padding: '0 16px 0 12px' },
  '.cm-gutters': { backgroundColor: 'var(--bg-sunken)', color: 'var(--ink-3)', border: '0', fontSize: 'var(--fs-11)' },
  '.cm-lineNumbers .cm-gutterElement': { minWidth: '36px', padding: '0' },
  '.cm-changed': { backgroundColor: 'var(--diff-mine)', boxShadow: 'inset 2px 0 var(--accent)' },
  '.cm-hint': {
    paddingLeft: '14px',
    color: 'var(--ink-3)',
    fontFamily: 'var(--font-ui)',
    fontSize: 'var(--fs-11)',
    userSelect: 'none',
  },
  '.cm-placeholder': { color: 'var(--ink-3)', fontFamily: 'var(--font-ui)' },
  '.cm-matchingBracket': { backgroundColor: 'transparent' },
  '&.cm-focused .cm-matchingBracket': { backgroundColor: 'var(--heat-2)', outline: 'none' },
  '.cm-nonmatchingBracket, &.cm-focused .cm-nonmatchingBracket': {
    backgroundColor: 'transparent',
    color: 'var(--sev-critical-ink)',
  },
  '.cm-specialChar': { color: 'var(--sev-critical-ink)' },
});
