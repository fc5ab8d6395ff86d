/** The labs by themselves: a folder that any web server can host. Without a server of ours, so without its parts. */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import '@fontsource-variable/inter/wght.css';
import '@fontsource-variable/jetbrains-mono/wght.css';
import './styles/tokens.css';
import './styles/base.css';
import { followMachineTheme } from './app/theme.ts';
import { Toasts } from './components/toasts.tsx';
import { TooltipProvider } from './components/tooltip.tsx';
import { LabsAlone } from './features/labs/labs-alone.tsx';
import { startI18n } from './i18n/i18n.ts';

followMachineTheme();
await startI18n();

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no #root');
createRoot(root).render(
  <StrictMode>
    <TooltipProvider>
      <LabsAlone />
      <Toasts />
    </TooltipProvider>
  </StrictMode>,
);
