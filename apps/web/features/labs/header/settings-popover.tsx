import { ChevronDown, Dices, SlidersHorizontal } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useShallow } from 'zustand/react/shallow';
import { Button, IconButton } from '../../../components/button.tsx';
import { Select, TextField } from '../../../components/field.tsx';
import { Popover } from '../../../components/popover.tsx';
import { lab, useLab } from '../lab-store.ts';
import { useSay } from '../use-say.ts';
import styles from './lab-header.module.css';

/** Seeds that can be typed and read out. */
const MAX_SEED = 2 ** 32 - 1;
const HANDY_SEEDS = 10_000;

/** Which variant of the lesson, and which chance: either begins it anew. */
export function SettingsPopover() {
  const { t } = useTranslation('labs');
  const say = useSay();
  const [open, setOpen] = useState(false);
  const { info, settings, seed } = useLab(useShallow(({ info, settings, seed }) => ({ info, settings, seed })));
  const chosen = info.settings.map((setting) => {
    const choice = setting.choices.find(({ id }) => id === settings[setting.id]) ?? setting.choices[0];
    return { ...setting, choice };
  });
  const [first] = chosen;
  const name = first?.choice === undefined ? t('settings.title') : say(first.choice.text);
  return (
    <Popover
      label={t('settings.title')}
      align="end"
      open={open}
      onOpenChange={setOpen}
      trigger={
        <Button variant="quiet" aria-label={first === undefined ? name : `${t('settings.title')}: ${name}`}>
          <SlidersHorizontal className={styles.sliders} size={15} strokeWidth={1.5} aria-hidden />
          <span className={styles.chosen}>{name}</span>
          <ChevronDown size={14} strokeWidth={1.5} aria-hidden />
        </Button>
      }
    >
      <div className={styles.form}>
        {chosen.map(({ id, text, choice, choices }) => (
          <Select
            key={id}
            label={say(text)}
            value={choice?.id ?? ''}
            options={choices.map((offer) => ({ value: offer.id, label: say(offer.text) }))}
            onChange={(value) => void lab.restart({ settings: { ...settings, [id]: value } })}
          />
        ))}
        <SeedForm key={seed} seed={seed} />
        <p className={styles.about}>{t('settings.about')}</p>
        <Button onClick={() => void lab.restart({})}>{t('settings.restart')}</Button>
      </div>
    </Popover>
  );
}

function SeedForm({ seed }: { readonly seed: number }) {
  const { t } = useTranslation('labs');
  const [text, setText] = useState(String(seed));
  const value = /^\d{1,10}$/.test(text.trim()) ? Number(text) : Number.NaN;
  const isValid = value <= MAX_SEED;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isValid && value !== seed) void lab.restart({ seed: value });
  };
  return (
    <form className={styles.seed} onSubmit={submit}>
      <TextField
        label={t('settings.seed')}
        value={text}
        onChange={setText}
        mono
        {...(!isValid && { error: t('settings.badSeed', { max: MAX_SEED }) })}
      />
      <IconButton
        variant="default"
        label={t('settings.dice')}
        icon={<Dices size={15} strokeWidth={1.5} />}
        onClick={() => void lab.restart({ seed: 1 + Math.floor(Math.random() * HANDY_SEEDS) })}
      />
      <Button type="submit" disabled={!isValid || value === seed}>
        {t('settings.apply')}
      </Button>
    </form>
  );
}
