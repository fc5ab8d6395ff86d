import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import '@fontsource-variable/inter/wght.css';
import '@fontsource-variable/jetbrains-mono/wght.css';
import './styles/tokens.css';
import './styles/base.css';
import { createAppRouter } from './app/router.tsx';
import { followMachineTheme } from './app/theme.ts';
import { Toasts } from './components/toasts.tsx';
import { TooltipProvider } from './components/tooltip.tsx';
import { startI18n } from './i18n/i18n.ts';
import { ApiFailure } from './live/api.ts';

followMachineTheme();
await startI18n();

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // What the server refuses, it refuses again; only what did not reach it is worth another try.
      retry: (failures, error) => failures < 2 && error instanceof ApiFailure && error.status === 0,
      refetchOnWindowFocus: false,
    },
  },
});

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no #root');
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <TooltipProvider>
        <RouterProvider router={createAppRouter()} />
        <Toasts />
      </TooltipProvider>
    </QueryClientProvider>
  </StrictMode>,
);
