import { isCredential } from "./credentials.ts";
import { passed } from "./headers.ts";

/** Headers that belong to one connection and are never passed on. Source: RFC 9110, 7.6.1. */
const hopByHop = [
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/** Headers that a client sends to this service rather than the upstream, and those that fetch sets itself. */
const notForUpstream = new Set([
  ...hopByHop,
  "accept-encoding",
  "content-length",
  "expect",
  "host",
  "idempotency-key",
  "operation-attempt",
  "operation-id",
  "prefer",
]);

/**
 * Headers that upstreams trust because the proxy in front of them sets them: the client and its address, host, path and
 * method. Here that proxy is this service.
 */
const proxysWord = new RegExp(
  [
    "^(cf|x-forwarded|x-original|x-rewrite|x-envoy|x-appengine|x-azure|x-vercel|x-nf|fly|fastly)-",
    "^(forwarded|via|cdn-loop|proxy|proxy-.*|x-forwarded|x-forward-for|x-host|x-proxy-.*)$",
    "^x-(http-)?method(-override)?$",
    "(client|remote|real|cluster|connecting|source|peer|proxyuser|originating)-?ip$",
    "(client|remote)-(addr|address|user|cert|verify|dn|s-dn|cert-.*)$",
    "^(x-)?(ssl|tls)-",
    "^x-(auth|authenticated|authentik|goog-authenticated|ms-client-principal|remote|webauth)-",
    "^x-(arr-ssl|arr-clientcert|client-cert|url|middleware-.*|wap-profile|backend-host)$",
    // The identity of the client, as set by authenticating proxies: Authelia, Tailscale, Pomerium, Amazon's, Kong,
    // Google's.
    "^remote-(groups|email|name)$",
    "^(tailscale|x-pomerium|x-amzn-oidc|x-amzn-mtls|oidc|x-oidc|x-vouch|x-consumer|x-credential)-",
    "^x-((endpoint-api-|apigateway-api-)?userinfo|ms-client-principal)$",
    // Where a request is routed, and how it came: frameworks and content delivery networks.
    "^(x-)?(http-)?host-override$",
    "^x-(override-url|http-destinationurl|matched-path|url-scheme|scheme|sendfile-type|amz-cf-id)$",
    "^x-(accel|invoke|now|akamai|cloudfront)-",
    "^(akamai|cloudfront)-",
    "^(front-end-https|base-url|request-uri|http-url|forwarded-for|forwarded-for-ip)$",
    "^(early-data|surrogate-capability)$",
  ].join("|"),
);

/** requestHeaders returns the headers of a client's request that are stored, and that an upstream may see. */
export function requestHeaders(headers: Iterable<readonly [string, string]>): [string, string][] {
  return passed(headers, isForUpstream);
}

/**
 * isForUpstream says whether a client may send this header to an upstream: not a credential, and not one that belongs
 * to a connection, to this service or to the proxy.
 *
 * @param name in lower case
 */
export function isForUpstream(name: string): boolean {
  // Some servers treat an underscore as a hyphen.
  const hyphenated = name.replaceAll("_", "-");
  return (
    !notForUpstream.has(hyphenated) && !isCredential(hyphenated) && !proxysWord.test(hyphenated)
  );
}
