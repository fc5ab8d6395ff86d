/** The drawings of a lab as files: the stage, and the space–time diagram while it is shown. */
import { ImageDown } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../../../components/button.tsx';
import { Menu, type MenuEntry } from '../../../components/menu.tsx';
import { saveFile } from '../../../components/save-file.ts';
import { toast } from '../../../components/toast.ts';
import { useLab } from '../lab-store.ts';
import { useSay } from '../use-say.ts';
import { pngOf, svgOf } from './picture-file.ts';

/** Where the drawings are found on the page, and what their files are called. */
const DRAWINGS = {
  stage: 'svg[data-lab-stage]',
  spaceTime: '[data-picture="space-time"] svg[aria-hidden]',
} as const;

type Drawing = keyof typeof DRAWINGS;

export function PictureMenu() {
  const { t } = useTranslation('labsViews');
  const say = useSay();
  const info = useLab((state) => state.info);
  const protocol = useLab((state) => state.protocol);
  const cursor = useLab((state) => state.cursor);
  const save = async (drawing: Drawing, kind: 'svg' | 'png') => {
    const found = document.querySelector<SVGSVGElement>(DRAWINGS[drawing]);
    if (found === null) {
      toast('notice', t('picture.missing'));
      return;
    }
    const title = t('picture.of', { protocol: say(protocol.title), lesson: say(info.title) });
    const svg = svgOf(found, { title, step: t('picture.step', { n: cursor }) });
    const name = `${info.id}-${cursor}-${drawing === 'stage' ? 'stage' : 'space-time'}.${kind}`;
    try {
      saveFile(name, kind === 'svg' ? new TextEncoder().encode(svg) : await pngOf(svg));
    } catch (error) {
      toast('error', t('picture.failed', { reason: error instanceof Error ? error.message : String(error) }));
    }
  };
  const entries = (['stage', 'spaceTime'] as const).flatMap((drawing): MenuEntry[] => [
    { kind: 'label', key: drawing, label: t(`picture.${drawing}`) },
    ...(['svg', 'png'] as const).map(
      (kind): MenuEntry => ({
        kind: 'item',
        key: `${drawing}-${kind}`,
        label: kind.toUpperCase(),
        note: t(`picture.${kind}`),
        onSelect: () => void save(drawing, kind),
      }),
    ),
  ]);
  return (
    <Menu
      label={t('picture.title')}
      align="end"
      entries={entries}
      trigger={<IconButton label={t('picture.title')} icon={<ImageDown size={15} strokeWidth={1.5} />} />}
    />
  );
}
