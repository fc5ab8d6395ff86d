/** Light or dark. `public/theme.js` sets the attribute before the first paint; this changes it later. */
import { create } from 'zustand';
import { readStored, writeStored } from '../components/stored.ts';

/** `auto`: as the machine is set. */
export type ThemeChoice = 'auto' | 'light' | 'dark';

export const themeChoices: readonly ThemeChoice[] = ['auto', 'light', 'dark'];

const STORED_THEME = 'vivarium.theme';
const dark = matchMedia('(prefers-color-scheme: dark)');

const stored = readStored(STORED_THEME);

/** What the viewer has chosen. */
export const useThemeChoice = create<ThemeChoice>(() => (stored === 'light' || stored === 'dark' ? stored : 'auto'));

/** Another theme from now on, and at the next visit. */
export function setTheme(choice: ThemeChoice): void {
  writeStored(STORED_THEME, choice === 'auto' ? null : choice);
  useThemeChoice.setState(choice, true);
  paint();
}

/** Follows the machine's setting while the choice is `auto`. */
export function followMachineTheme(): void {
  dark.addEventListener('change', paint);
  paint();
}

function paint(): void {
  const choice = useThemeChoice.getState();
  document.documentElement.dataset.theme = choice === 'auto' ? (dark.matches ? 'dark' : 'light') : choice;
}
