import type { Dialect } from "../edge/dialect.ts";
import { kubernetes } from "./kubernetes/kubernetes.ts";
import { native } from "./native/native.ts";
import { proxy } from "./proxy/proxy.ts";

/** dialects are all wires that there are. */
export const dialects: readonly Dialect[] = [native, kubernetes, proxy];
