/**
 * packageVersion is that of the package: what OpenAPI and `kubecfg version` say. A test holds it
 * against package.json.
 */
export const packageVersion = "0.1.0";
