import { echo } from "./echo.ts";
import { http } from "./http/http.ts";
import { simulate } from "./simulate.ts";

/** builtIn are the kinds of the deployed Worker: one line for each. */
export const builtIn = { echo, http, simulate };
