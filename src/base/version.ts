/**
 * packageVersion is the version of the package, as in OpenAPI and `kubecfg version`. A test compares it with
 * package.json.
 */
export const packageVersion = "0.1.0";
