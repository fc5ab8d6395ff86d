/** How many messages a second go over each link, as they pass before the eye: per second of the viewer's time. */

/** More cannot be followed: then a link thickens and counts instead of showing each message. */
const FOLLOW_LIMIT = 40;
/** It shows each again once there are clearly fewer. */
const FOLLOW_AGAIN = 28;
const WINDOW_MS = 1_000;

interface Track {
  /** Pairs of the viewer's time and the number of messages that had been sent, the oldest first. */
  samples: { readonly nowMs: number; readonly sent: number }[];
  isCrowded: boolean;
}

export class LinkRates {
  private readonly tracks = new Map<string, Track>();

  /** Takes the number of messages that the link has carried so far, at the viewer's time; returns what that makes. */
  sample(key: string, sent: number, nowMs: number): { readonly perSecond: number; readonly isCrowded: boolean } {
    const track = this.tracks.get(key) ?? { samples: [], isCrowded: false };
    this.tracks.set(key, track);
    const last = track.samples.at(-1);
    // The instant was moved: what was counted there says nothing here.
    if (last !== undefined && (sent < last.sent || sent - last.sent > 50_000)) track.samples = [];
    if (last === undefined || nowMs - last.nowMs >= 30) track.samples.push({ nowMs, sent });
    while ((track.samples[0]?.nowMs ?? nowMs) < nowMs - WINDOW_MS) track.samples.shift();
    const first = track.samples[0];
    const perSecond = first === undefined ? 0 : ((sent - first.sent) * 1000) / WINDOW_MS;
    if (perSecond > FOLLOW_LIMIT) track.isCrowded = true;
    else if (perSecond < FOLLOW_AGAIN) track.isCrowded = false;
    return { perSecond, isCrowded: track.isCrowded };
  }
}
