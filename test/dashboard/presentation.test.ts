import { describe, expect, it } from "vitest";
import {
  downloadName,
  maxImage,
  maxShown,
  presentationOf,
} from "../../src/dashboard/state/presentation.ts";

describe("presentationOf", () => {
  it.each([
    ["application/json", "json"],
    ["application/json; charset=utf-8", "json"],
    ["application/problem+json", "json"],
    ["text/plain", "text"],
    ["text/html", "text"],
    ["TEXT/HTML; charset=utf-8", "text"],
    ["application/xhtml+xml", "text"],
    ["image/svg+xml", "text"],
    ["text/xml", "text"],
    ["image/png", "image"],
    ["image/webp", "image"],
    ["image/x-unknown", "download"],
    ["application/pdf", "download"],
    ["application/octet-stream", "download"],
    ["", "download"],
    ["image/png+xml<script>", "download"],
  ])("%j is shown as %s", (mediaType, presentation) => {
    expect(presentationOf(mediaType, 10)).toBe(presentation);
  });

  it("offers what is large for download", () => {
    expect(presentationOf("text/plain", maxShown)).toBe("text");
    expect(presentationOf("text/plain", maxShown + 1)).toBe("download");
    expect(presentationOf("image/png", maxImage + 1)).toBe("download");
    expect(presentationOf("application/json", undefined)).toBe("json");
  });
});

describe("downloadName", () => {
  it.each([
    ["01m8", "image/png", "01m8.png"],
    ["01m8", "text/html", "01m8.html.txt"],
    ["../..\\a b\u202e", "x/y", "______a_b_.bin"],
    ["01m8", "__proto__", "01m8.bin"],
    ["01m8", "constructor", "01m8.bin"],
  ])("of %j and %j is %j", (id, mediaType, name) => {
    expect(downloadName(id, mediaType)).toBe(name);
  });
});
