import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";

// What the host of an agent does: it lists the tools, calls one, shows how far it is, and puts to its user
// what the tool asks. Here the user always agrees.

const { ENDPOINT = "http://localhost:8787/api/mcp", TOKEN = "secret" } = process.env;
const requestInit = { headers: { authorization: `Bearer ${TOKEN}` } };

const client = new Client(
  { name: "a-host", version: "1.0.0" },
  { capabilities: { elicitation: { form: {} } } },
);
client.setRequestHandler(ElicitRequestSchema, ({ params: { message } }) => {
  console.log(`asked: ${message}`);
  return { action: "accept", content: { agreed: true } };
});
await client.connect(new StreamableHTTPClientTransport(new URL(ENDPOINT), { requestInit }));

const { tools } = await client.listTools();
console.log(`tools: ${tools.map(({ name }) => name).join(", ")}`);
const page = { title: "Slow calls", sections: ["Ids", "Waiting", "Results"] };
const { structuredContent } = await client.callTool(
  { name: "publish", arguments: page },
  undefined,
  {
    onprogress: ({ progress, message }) => console.log(`${Math.floor(progress)} %: ${message}`),
    resetTimeoutOnProgress: true,
  },
);
console.log(structuredContent);
await client.close();
