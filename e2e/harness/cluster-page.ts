/** The Cluster page as a person uses it: by what is written on it. */
import type { Locator, Page } from 'playwright-core';

export class ClusterPage {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** Waits until the page says that there is a leader, and returns its number. */
  async leader(): Promise<number> {
    const name = this.page
      .getByRole('banner')
      .getByRole('definition')
      .filter({ hasText: /^server \d+$/ })
      .first();
    await name.waitFor();
    return Number(/\d+/.exec((await name.textContent()) ?? '')?.[0]);
  }

  /** Waits until another one than the given one leads. */
  async leaderOtherThan(sid: number): Promise<number> {
    const others = new RegExp(`^server (?!${sid}$)\\d+$`);
    await this.page.getByRole('banner').getByRole('definition').filter({ hasText: others }).first().waitFor();
    return this.leader();
  }

  card(sid: number): Locator {
    return this.page.getByRole('article').filter({ has: this.page.getByRole('heading', { name: `server ${sid}` }) });
  }

  /** Waits until the card shows the role. */
  async showsRole(sid: number, role: string): Promise<void> {
    await this.card(sid)
      .getByRole('img', { name: `server ${sid}, ${role}` })
      .waitFor();
  }

  /** Chooses what is done to a server from the menu on its card. */
  async act(sid: number, action: string): Promise<void> {
    await this.page.getByRole('button', { name: `What can be done to server ${sid}` }).click();
    await this.page.getByRole('menuitem', { name: new RegExp(`^${action}`) }).click();
  }

  async goLive(): Promise<void> {
    await this.page.getByRole('button', { name: 'Go live' }).first().click();
  }

  /** Whether elections replay by themselves. */
  async switchReplay(): Promise<void> {
    await this.page.getByRole('button', { name: /Elections are/ }).click();
  }
}
