import { afterAll, afterEach, beforeAll, beforeEach, vi } from "vitest";
import { captureLog, type LogLines } from "./log-lines.ts";
import { Tenant } from "./tenant.ts";

/** tenant is the one of the test that runs; see freshTenant. */
export let tenant: Tenant;

/** log is what the test that runs has logged. */
export let log: LogLines;

/** FreshTenantOptions say what else the tests of a file begin with. */
export interface FreshTenantOptions {
  /** Has the tests move the clock: `Date` stands still. */
  readonly clock?: true;
}

/** freshTenant gives each test of a file a tenant and a log of its own, and takes back what it has mocked. */
export function freshTenant({ clock }: FreshTenantOptions = {}): void {
  beforeEach(async () => {
    if (clock) vi.useFakeTimers({ toFake: ["Date"] });
    tenant = await Tenant.make();
    log = captureLog();
  });

  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });
}

/** sharedTenant gives the tests of a file one tenant, for those that store nothing. */
export function sharedTenant(): void {
  beforeAll(async () => {
    tenant = await Tenant.make();
  });

  beforeEach(() => {
    log = captureLog();
  });

  afterAll(() => {
    vi.restoreAllMocks();
  });
}
