import { describe, expect, test } from "vitest";
import {
  appliedHeaders,
  headerPreference,
  queryPreference,
  syncPreference,
} from "../../../src/edge/reading/wait-preference.ts";

const urlOf = (query: string | Record<string, string>) =>
  new URL(`https://edge.test/?${new URLSearchParams(query)}`);

const prefer = (text: string) => headerPreference(new Headers({ prefer: text }));

describe("headerPreference", () => {
  test.each([
    ["wait=30", 30_000],
    ["wait=0", 0],
    ["wait = 5", 5_000],
    ['wait="5"', 5_000],
    ["WAIT=5", 5_000],
    ["wait=5;x=y", 5_000],
    ["return=minimal, wait=5", 5_000],
    ["respond-async, wait=5", 5_000],
    ["wait=5, respond-async", 5_000],
    ["wait=5, wait=9", 5_000],
    ["wait=55", 55_000],
    ["respond-async", 0],
    ["Respond-Async", 0],
    ["return=minimal,respond-async;x", 0],
    ['foo="a, wait=3", wait=5', 5_000],
    ['foo="a; b", respond-async', 0],
    ['wait=5;x="a, wait=9"', 5_000],
  ])("Prefer: %s waits %i ms", (text, milliseconds) => {
    expect(prefer(text)?.milliseconds).toBe(milliseconds);
  });

  test.each([
    "",
    "wait",
    "wait=",
    "wait=-1",
    "wait=1.5",
    "wait=30s",
    "wait=x",
    "waiting=5",
    "x-wait=5",
    "respond-asynchronously",
    "return=minimal",
    'foo="respond-async"',
    'foo="a, wait=3"',
    'foo="a, respond-async"',
    'foo="a\\", wait=3"',
  ])("Prefer: %s says nothing of a wait", (text) => {
    expect(prefer(text)).toBeUndefined();
  });

  test("a wait is capped at 55 s, and what is named is what is honoured", () => {
    for (const seconds of ["56", "3600", "999999999"]) {
      expect(prefer(`wait=${seconds}`)).toEqual({ milliseconds: 55_000, applied: "wait=55" });
    }
  });

  test("several Prefer headers are one", () => {
    const headers = new Headers();
    headers.append("prefer", "respond-async");
    headers.append("prefer", "wait=7");
    expect(headerPreference(headers)?.milliseconds).toBe(7_000);
  });
});

describe("queryPreference", () => {
  test.each([
    ["wait=30s", 30_000],
    ["wait=1m30s", 55_000],
    ["wait=0", 0],
    ["wait=", 30_000],
    ["wait", 30_000],
    ["wait=x", 30_000],
    ["wait=250ms&wait=9s", 250],
  ])("?%s waits %i ms", (query, milliseconds) => {
    expect(queryPreference(urlOf(query))).toEqual({
      milliseconds,
      applied: undefined,
    });
  });

  test("says nothing without wait", () => {
    expect(queryPreference(urlOf("sync=true&timeout=5s"))).toBeUndefined();
  });
});

describe("syncPreference", () => {
  test("is named in no header", () => {
    const preference = syncPreference(urlOf("sync=true&timeout=5s"));
    expect(preference).toEqual({ milliseconds: 5_000, applied: undefined });
  });

  test("does not count wait, nor a timeout without sync", () => {
    expect(syncPreference(urlOf("wait=5s&timeout=5s"))).toBeUndefined();
    expect(syncPreference(urlOf("sync=true&sync=false"))).toBeDefined();
  });
});

describe("appliedHeaders", () => {
  test.each([
    ["wait=5", true, "wait=5"],
    ["wait=5", false, "wait=5"],
    ["respond-async", false, "respond-async"],
    ["respond-async, wait=5", true, "wait=5"],
    ["respond-async, wait=5", false, "respond-async"],
    ["return=minimal", true, undefined],
  ])("Prefer: %s, finished %s", (text, isFinished, applied) => {
    const headers = new Headers({ prefer: text });
    expect(appliedHeaders(headers, headerPreference(headers), isFinished)).toEqual(
      applied === undefined ? {} : { "preference-applied": applied },
    );
  });

  test("names nothing where the query asked", () => {
    const headers = new Headers({ prefer: "wait=5" });
    const preference = syncPreference(urlOf("sync=true"));
    expect(appliedHeaders(headers, preference, true)).toEqual({});
  });
});
