import { describe, expect, it } from "vitest";
import { browse } from "./browsing.ts";
import { mustSkip, noticed, signIn } from "./chromium.ts";

describe.skipIf(mustSkip)("sign in", () => {
  const on = browse();

  it("takes the right token, keeps it for this tab alone, and puts it in no address", async () => {
    const { page, requested } = await on.openSignedOut();
    await signIn(page);
    await page.getByRole("status").getByText("Live", { exact: true }).waitFor();
    const kept = await page.evaluate(
      "[JSON.stringify({...localStorage}), document.cookie, location.href]",
    );
    expect(kept).toEqual(["{}", "", `${on.served.url}/static/`]);
    expect(requested.filter((url) => url.includes("test-token"))).toEqual([]);
    await page.reload();
    await page.getByRole("navigation").waitFor();
    const { page: other } = await on.openSignedOut();
    await other.getByLabel("Token").waitFor();
  });

  it("opens what a link names once one has signed in, and copies such a link", async () => {
    const { body } = await on.client.create({ kind: "echo", input: 7, labels: { by: "link" } });
    const { page } = await on.openSignedOut({
      hash: `#/operations/${body.id}`,
      permissions: ["clipboard-read", "clipboard-write"],
    });
    await page.getByText("Sign in to see the operation that you were sent.").waitFor();
    await signIn(page);
    await page.getByRole("article", { name: "echo" }).getByText(body.id, { exact: true }).waitFor();
    const said = await noticed(page, ".copied", "Copied");
    await page.getByRole("button", { name: "Copy link" }).click();
    await said();
    const copied = await page.evaluate("navigator.clipboard.readText()");
    expect(copied).toBe(`${on.served.url}/static/#/operations/${body.id}`);
  });

  it("remembers the token on this device by choice alone, for every tab, until one signs out", async () => {
    const { page } = await on.openSignedOut();
    const remember = page.getByLabel("Remember on this device");
    expect(await remember.isChecked()).toBe(false);
    await remember.check();
    await signIn(page);
    expect(await page.evaluate("sessionStorage.length")).toBe(0);
    const other = await page.context().newPage();
    await other.goto(`${on.served.url}/static/`);
    await other.getByRole("navigation").waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Token").waitFor();
    expect(await page.evaluate("localStorage.length")).toBe(0);
    await other.getByLabel("Token").waitFor();
    await other.close();
  });

  it.each([
    ["a wrong token", "not-the-token", "Invalid token"],
    ["what is no token", "two words", "That does not look like a token"],
  ])("says so of %s, and lets one try again", async (_, token, words) => {
    const { page } = await on.openSignedOut();
    await page.getByLabel("Token").fill(token);
    await page.keyboard.press("Enter");
    await page.getByRole("alert").getByText(words).waitFor();
    expect(await page.evaluate("sessionStorage.length")).toBe(0);
    await signIn(page);
  });

  it("forgets the token and what was shown when one signs out", async () => {
    await on.client.create({ kind: "echo", input: 1 });
    const { page } = await on.open();
    await page.getByRole("row").nth(1).waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Token").waitFor();
    expect(await page.evaluate("sessionStorage.length")).toBe(0);
    expect(await page.getByRole("row").count()).toBe(0);
    await page.reload();
    await page.getByLabel("Token").waitFor();
  });

  it("asks again when the service does not take the token any more", async () => {
    const { page } = await on.openSignedOut();
    await page.evaluate("sessionStorage.setItem('edge-operations.token', 'an-old-token')");
    await page.reload();
    await page.getByText("Your token is no longer valid").waitFor();
    await signIn(page);
  });
});
