/** The engine in its worker: takes requests one after another and posts their answers. */
import { LabHost } from './lab-host.ts';
import type { LabAnswer, LabRequest } from './lab-messages.ts';

const host = new LabHost((answer: LabAnswer) => self.postMessage(answer));

self.onmessage = ({ data }: MessageEvent<{ readonly id: number; readonly request: LabRequest }>) => {
  void host.take(data.id, data.request);
};
