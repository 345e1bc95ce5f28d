import { failed, ok, type Result } from "../../base/result.ts";
import type { ConfigName } from "../../config/config.ts";
import { bad, ConfigReader, type ParseSetting } from "../../config/reader.ts";
import { oneOf } from "../../config/values.ts";
import type { FieldError } from "../../core/errors.ts";
import { quote } from "../../core/errors.ts";
import { type Sampler, type SamplerName, samplerOf, samplers } from "./sampler.ts";

/** SpanSettings are the settings of the export: where spans go, of which traces, and the attributes of this service. */
export interface SpanSettings {
  /** The URL that they are posted to. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly sampler: Sampler;
  /** The resource attributes, which describe this service. */
  readonly resource: Readonly<Record<string, string>>;
}

/**
 * Header names are case-insensitive (RFC 9110, 5.1), and a later pair replaces an earlier one, as in OpenTelemetry's
 * SDKs; its specification says nothing about either. `fetch` would join the values of names that differ in case.
 */
const headerPairs = pairs(/^[!#$%&'*+.^_`|~\w-]+$/, /^[\x20-\x7e]*$/, (name) => name.toLowerCase());
const attributePairs = pairs(/^[\x21-\x7e]{1,255}$/, /^\P{Cc}{0,1024}$/u);

type Named = ConfigName & `OTEL_${string}`;

/** loopback are the hosts of this machine. */
const loopback = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

/**
 * readSpanSettings reads the variables under their OpenTelemetry names; it returns undefined if there is no endpoint.
 * Errors never quote a header or the endpoint. Source: OpenTelemetry, "Environment variable specification" and
 * "OpenTelemetry protocol exporter".
 */
export function readSpanSettings(
  values: Readonly<Record<string, unknown>>,
): Result<SpanSettings | undefined, readonly FieldError[]> {
  const reader = new ConfigReader<Named>(values);
  const isInsecure = reader.read("OTEL_EXPORTER_OTLP_INSECURE", oneOf("true", "false")) === "true";
  const url = reader.read("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint(isInsecure));
  const name = reader.read("OTEL_TRACES_SAMPLER", oneOf(...samplers)) ?? samplers[0];
  const sampler = samplerOf(name, reader.read("OTEL_TRACES_SAMPLER_ARG", ratioOf(name)) ?? 1);
  reader.read("OTEL_EXPORTER_OTLP_PROTOCOL", oneOf("http/json"));
  const headers = reader.read("OTEL_EXPORTER_OTLP_HEADERS", headerPairs) ?? {};
  const attributes = reader.read("OTEL_RESOURCE_ATTRIBUTES", attributePairs) ?? {};
  const service = reader.read("OTEL_SERVICE_NAME", ok);
  if (reader.problems.length > 0) return failed(reader.problems);
  if (url === undefined) return ok(undefined);
  const { "service.name": given = "edge-operations" } = attributes;
  const resource = { ...attributes, "service.name": service ?? given };
  return ok({ url, headers, sampler, resource });
}

/** The URL for traces at an endpoint, which is common to all signals. */
function endpoint(isInsecure: boolean): ParseSetting<string> {
  return (text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (!url || !/^https?:$/.test(url.protocol)) {
      return bad("must be an http(s) URL such as https://collector.example.com:4318");
    }
    if (url.username !== "" || url.password !== "" || /[?#]/.test(text)) {
      return bad(
        "must not contain credentials or a query; put credentials into OTEL_EXPORTER_OTLP_HEADERS",
      );
    }
    if (url.protocol === "http:" && !isInsecure && !loopback.test(url.hostname)) {
      return bad("must be https, unless OTEL_EXPORTER_OTLP_INSECURE is true");
    }
    return ok(`${url.href.replace(/\/+$/, "")}/v1/traces`);
  };
}

function ratioOf(name: SamplerName): ParseSetting<number> {
  return (text) => {
    if (!name.endsWith("traceidratio")) return bad(`must not be set with the sampler ${name}`);
    const ratio = /^(?:\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : Number.NaN;
    return ratio >= 0 && ratio <= 1 ? ok(ratio) : bad(`must be 0 to 1, not ${quote(text)}`);
  };
}

/**
 * Pairs as in `a=1,b=2%2C3`; their values may be secrets. Of two with the same name the last one counts. Source: W3C
 * Baggage, 3.2.1.
 */
function pairs(
  key: RegExp,
  value: RegExp,
  nameOf = (name: string) => name,
): ParseSetting<Readonly<Record<string, string>>> {
  return (text) => {
    const found: [string, string][] = [];
    for (const [index, pair] of text.split(",").entries()) {
      const [name = "", ...rest] = pair.split("=");
      const said = rest.length > 0 ? decoded(rest.join("=").trim()) : undefined;
      if (!key.test(name.trim()) || said === undefined || !value.test(said)) {
        return bad(`entry ${index + 1}: must be name=value, percent-encoded`);
      }
      found.push([nameOf(name.trim()), said]);
    }
    return ok(Object.fromEntries(found));
  };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
