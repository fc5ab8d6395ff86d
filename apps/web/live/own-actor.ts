let actor: string | null = null;

/** What this viewer is called in events (`by`); null before the server has said so. */
export function ownActor(): string | null {
  return actor;
}

export function setOwnActor(name: string): void {
  actor = name;
}
