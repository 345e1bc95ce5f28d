import type { Dialect } from "../edge/dialect.ts";
import { a2a } from "./a2a/a2a.ts";
import { fal } from "./fal/fal.ts";
import { google } from "./google/google.ts";
import { kubernetes } from "./kubernetes/kubernetes.ts";
import { mcp } from "./mcp/mcp.ts";
import { openai } from "./openai/openai.ts";
import { proxy } from "./proxy/proxy.ts";
import { replicate } from "./replicate/replicate.ts";

/** dialects are all dialects except the native one, which every Worker has. */
export const dialects: readonly Dialect[] = [
  a2a,
  fal,
  google,
  kubernetes,
  mcp,
  openai,
  proxy,
  replicate,
];
