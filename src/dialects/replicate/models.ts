import type { Asked, Handler } from "../../edge/exchange.ts";
import { json } from "../../edge/json.ts";
import { problem } from "../../edge/problem.ts";
import { kindNotFound } from "../../map/creating/check.ts";
import { kindsOf } from "../native/handlers/discovery.ts";
import { encodeTime } from "../native/monitor.ts";
import { root } from "./prediction.ts";

type Kind = ReturnType<typeof kindsOf>[number];

/** listModels is `GET /models`: the kinds, in one page. */
const listModels: Handler = async (exchange) => {
  const results = kindsOf(exchange).map((kind) => modelOf(exchange, "edge", kind));
  return json(JSON.stringify({ previous: null, next: null, results }));
};

/** getModel is `GET /models/{owner}/{name}`: a kind, whoever the owner is. */
const getModel: Handler = async (exchange, { owner = "", name = "" }) => {
  const kind = kindsOf(exchange).find((one) => one.kind === name);
  if (!kind) return problem(exchange, kindNotFound(exchange, name));
  return json(JSON.stringify(modelOf(exchange, owner, kind)));
};

/** listVersions is `GET /models/{owner}/{name}/versions`: a kind has one, with its own name. */
const listVersions: Handler = async (exchange, { name = "" }) => {
  const kind = kindsOf(exchange).find((one) => one.kind === name);
  if (!kind) return problem(exchange, kindNotFound(exchange, name));
  return json(JSON.stringify({ previous: null, next: null, results: [versionOf(kind)] }));
};

/** getVersion is `GET /models/{owner}/{name}/versions/{version}`. */
const getVersion: Handler = async (exchange, { name = "", version = "" }) => {
  const kind = kindsOf(exchange).find((one) => one.kind === name && name === version);
  if (!kind) return problem(exchange, kindNotFound(exchange, version));
  return json(JSON.stringify(versionOf(kind)));
};

function modelOf({ base }: Asked, owner: string, kind: Kind) {
  const { kind: name, description } = kind;
  const path = `${encodeURIComponent(owner)}/${encodeURIComponent(name)}`;
  return {
    url: `${base}${root.slice("/api".length)}/models/${path}`,
    owner,
    name,
    description,
    visibility: "private",
    is_official: false,
    github_url: null,
    paper_url: null,
    license_url: null,
    run_count: 0,
    cover_image_url: null,
    default_example: null,
    latest_version: versionOf(kind),
  };
}

function versionOf({ kind, inputSchema }: Kind) {
  return {
    id: kind,
    // Nothing records when a kind was added.
    created_at: encodeTime(0),
    cog_version: null,
    openapi_schema: {
      openapi: "3.1.0",
      info: { title: kind, version: kind },
      paths: {},
      components: { schemas: { Input: inputSchema } },
    },
  };
}

/** modelHandlers show kinds as models. */
export const modelHandlers = { listModels, getModel, listVersions, getVersion };
