import { errors } from "../core/errors.ts";
import { json } from "./answers.ts";
import type { Exchange } from "./exchange.ts";

/** problemPage is `GET /problems/{code}`: what the `type` of a problem leads to, or undefined. */
export function problemPage({ request, url }: Exchange): Response | undefined {
  const code = url.pathname.slice("/problems/".length);
  if ((request.method !== "GET" && request.method !== "HEAD") || !isCode(code)) return undefined;
  const { status, title } = errors[code];
  return json(JSON.stringify({ code, status, title }));
}

function isCode(code: string): code is keyof typeof errors {
  return Object.hasOwn(errors, code);
}
