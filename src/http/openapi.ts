import { openApi } from "../protocols/native/openapi/document.ts";
import { json } from "./answers.ts";
import type { Handler } from "./exchange.ts";

/** The last one written, which a Worker is mostly asked for again. */
let written: { readonly origin: string; readonly text: string } | undefined;

/** getOpenApi is `GET /openapi.json`: what can be asked for here, as OpenAPI 3.1. */
export const getOpenApi: Handler = async ({ origin }) => {
  if (written?.origin !== origin) written = { origin, text: JSON.stringify(openApi(origin)) };
  return json(written.text);
};
