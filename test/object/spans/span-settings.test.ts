import { describe, expect, it } from "vitest";
import { readSpanSettings } from "../../../src/object/spans/span-settings.ts";

const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: "https://collector.test" };

describe("readSpanSettings", () => {
  it("is nothing without an endpoint", () => {
    expect(readSpanSettings({})).toEqual({ ok: true, value: undefined });
    const named = { OTEL_SERVICE_NAME: "ops", OTEL_EXPORTER_OTLP_ENDPOINT: "" };
    expect(readSpanSettings(named)).toEqual({ ok: true, value: undefined });
  });

  it.each([
    ["https://collector.test", "https://collector.test/v1/traces"],
    ["https://collector.test:4318/a/b//", "https://collector.test:4318/a/b/v1/traces"],
    ["http://localhost:4318", "http://localhost:4318/v1/traces"],
    ["http://127.0.0.1:4318/", "http://127.0.0.1:4318/v1/traces"],
    ["http://[::1]:4318", "http://[::1]:4318/v1/traces"],
  ])("has traces of %s posted to %s", (text, url) => {
    const read = readSpanSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: text });
    expect(read).toMatchObject({ ok: true, value: { url } });
  });

  it("takes http to another machine only where it is told to", () => {
    const values = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318" };
    expect(readSpanSettings(values)).toMatchObject({
      failure: [{ path: "OTEL_EXPORTER_OTLP_ENDPOINT", message: /^must be https, unless/ }],
    });
    const insecure = { ...values, OTEL_EXPORTER_OTLP_INSECURE: "true" };
    expect(readSpanSettings(insecure)).toMatchObject({ ok: true });
  });

  it("has what it says of the service, the name of OTEL_SERVICE_NAME before another", () => {
    const resourceOf = (values: object) => {
      const read = readSpanSettings({ ...endpoint, ...values });
      return read.ok ? read.value?.resource : read;
    };
    expect(resourceOf({})).toEqual({ "service.name": "edge-operations" });
    const OTEL_RESOURCE_ATTRIBUTES = "service.name=one, place=B%C3%A4r%2C 3";
    expect(resourceOf({ OTEL_RESOURCE_ATTRIBUTES })).toEqual({
      "service.name": "one",
      place: "Bär, 3",
    });
    expect(resourceOf({ OTEL_RESOURCE_ATTRIBUTES, OTEL_SERVICE_NAME: "two" })).toMatchObject({
      "service.name": "two",
    });
  });

  it("reads headers, whose values may hold what separates them", () => {
    const OTEL_EXPORTER_OTLP_HEADERS = "authorization=Basic%20YTpi==,x-a=b%2Cc";
    const read = readSpanSettings({ ...endpoint, OTEL_EXPORTER_OTLP_HEADERS });
    expect(read.ok && read.value?.headers).toEqual({
      authorization: "Basic YTpi==",
      "x-a": "b,c",
    });
  });

  it("reads names of headers alike in any case, the last of which counts", () => {
    const OTEL_EXPORTER_OTLP_HEADERS = "X-Api-Key=old,Content-Type=text/plain,x-api-key=new";
    const read = readSpanSettings({ ...endpoint, OTEL_EXPORTER_OTLP_HEADERS });
    expect(read.ok && read.value?.headers).toEqual({
      "content-type": "text/plain",
      "x-api-key": "new",
    });
  });

  it("tells attributes apart by case, of which the last counts", () => {
    const OTEL_RESOURCE_ATTRIBUTES = "a=1,A=2,a=3";
    const read = readSpanSettings({ ...endpoint, OTEL_RESOURCE_ATTRIBUTES });
    expect(read.ok && read.value?.resource).toMatchObject({ a: "3", A: "2" });
  });

  it("samples by the ratio of its argument", () => {
    const OTEL_TRACES_SAMPLER = "traceidratio";
    const read = readSpanSettings({ ...endpoint, OTEL_TRACES_SAMPLER, OTEL_TRACES_SAMPLER_ARG: 0 });
    expect(read.ok && read.value?.sampler.begins("f".repeat(32))).toBe(false);
    const all = readSpanSettings({ ...endpoint, OTEL_TRACES_SAMPLER });
    expect(all.ok && all.value?.sampler.begins("0".repeat(32))).toBe(true);
  });

  it.each([
    ["OTEL_EXPORTER_OTLP_ENDPOINT", "s3cret"],
    ["OTEL_EXPORTER_OTLP_ENDPOINT", "ftp://s3cret.test"],
    ["OTEL_EXPORTER_OTLP_ENDPOINT", "https://user:s3cret@collector.test"],
    ["OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector.test/?key=s3cret"],
    ["OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost.s3cret.test"],
    ["OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1.s3cret.test"],
    ["OTEL_EXPORTER_OTLP_HEADERS", "s3cret"],
    ["OTEL_EXPORTER_OTLP_HEADERS", "a b=s3cret"],
    ["OTEL_EXPORTER_OTLP_HEADERS", "a=s3cret%"],
    ["OTEL_EXPORTER_OTLP_HEADERS", "a=s3cret%0Ab"],
    ["OTEL_EXPORTER_OTLP_HEADERS", "a=s3cret,"],
    ["OTEL_RESOURCE_ATTRIBUTES", "s3cret"],
    ["OTEL_EXPORTER_OTLP_INSECURE", "yes"],
    ["OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"],
    ["OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"],
    ["OTEL_TRACES_SAMPLER", "xray"],
    ["OTEL_TRACES_SAMPLER_ARG", "0.5"],
  ])("refuses %s of %j, and quotes no secret", (name, value) => {
    const read = readSpanSettings({ ...endpoint, [name]: value });
    expect(read).toMatchObject({ ok: false, failure: [{ path: name }] });
    expect(JSON.stringify(read)).not.toContain("s3cret");
  });

  it.each(["-1", "1.1", "half", "1e-1"])("refuses the ratio %s", (OTEL_TRACES_SAMPLER_ARG) => {
    const OTEL_TRACES_SAMPLER = "parentbased_traceidratio";
    const read = readSpanSettings({ ...endpoint, OTEL_TRACES_SAMPLER, OTEL_TRACES_SAMPLER_ARG });
    expect(read).toMatchObject({ failure: [{ path: "OTEL_TRACES_SAMPLER_ARG" }] });
  });
});
