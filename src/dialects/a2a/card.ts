import { packageVersion } from "../../base/version.ts";
import type { Exchange } from "../../edge/exchange.ts";
import { json } from "../../edge/json.ts";
import { place, root, urlOf } from "./path.ts";
import { skillsOf } from "./skills.ts";

/** version is the only supported version of the protocol. */
export const version = "1.0";

/** agentCard returns who serves, where, and which skills there are. Source: A2A 1.0, section 4.4.1. */
export function agentCard(exchange: Exchange): Response {
  const { base } = exchange;
  const skills = [...skillsOf(exchange).values()].map(({ name, description }) => {
    return { id: name, name, description, tags: ["operation"] };
  });
  const card = {
    name: "Edge Operations",
    description:
      "Each skill starts an operation: a durable task, which continues even if its client disconnects. Name the skill as kind in the metadata of the message.",
    version: packageVersion,
    supportedInterfaces: [
      { url: urlOf(base, root), protocolBinding: "HTTP+JSON", protocolVersion: version },
      { url: urlOf(base, `${place}/rpc`), protocolBinding: "JSONRPC", protocolVersion: version },
    ],
    capabilities: { streaming: true, pushNotifications: false },
    defaultInputModes: ["application/json", "text/plain"],
    defaultOutputModes: ["application/json", "text/plain"],
    skills,
    securitySchemes: { bearer: { httpAuthSecurityScheme: { scheme: "Bearer" } } },
    securityRequirements: [{ schemes: { bearer: { list: [] } } }],
    signatures: [],
  };
  return json(JSON.stringify(card));
}
