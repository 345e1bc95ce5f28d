import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { Client } from "../e2e/client.ts";
import { type Served, type ServedOptions, startServed } from "../e2e/served.ts";
import { launch, mustSkip, openTab, signIn, type Tab, type TabOptions } from "./chromium.ts";

/** Browsing is a served Worker and a browser for the tests of one file. */
export interface Browsing {
  readonly browser: Browser;
  readonly client: Client;
  /** What serves now; a test that ends it puts another in its place. */
  served: Served;
  /** open opens a tab, signed in; at the end of the test it is closed, and was to have no trouble. */
  open(options?: TabOptions): Promise<Tab>;
  /** openSignedOut opens a tab that asks for a token. */
  openSignedOut(options?: TabOptions): Promise<Tab>;
}

/** browse starts both before the tests of a file and ends them after. */
export function browse(options: ServedOptions = {}): Browsing {
  const started = {} as { browser: Browser; client: Client; served: Served };
  let tabs: Tab[] = [];
  beforeAll(async () => {
    if (mustSkip) return;
    started.served = await startServed(options);
    started.client = new Client(started.served.url);
    started.browser = await launch();
  });
  afterEach(async () => {
    const troubles = tabs.flatMap((tab) => tab.troubles);
    for (const { page } of tabs) await page.context().close();
    tabs = [];
    expect(troubles).toEqual([]);
  });
  afterAll(async () => {
    await started.browser?.close();
    await started.served?.stop();
  });
  const openSignedOut = async (how: TabOptions = {}) => {
    const tab = await openTab(started.browser, started.served.url, how);
    tabs.push(tab);
    return tab;
  };
  return Object.assign(started, {
    openSignedOut,
    open: async (how: TabOptions = {}) => {
      const tab = await openSignedOut(how);
      await signIn(tab.page);
      return tab;
    },
  });
}
