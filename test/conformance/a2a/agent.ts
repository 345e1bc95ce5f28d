import {
  type Message,
  type Part,
  Role,
  type SendMessageRequest,
  type StreamResponse,
  type Task,
} from "@a2a-js/sdk";
import {
  type Client,
  ClientFactory,
  createAuthenticatingFetchWithRetry,
  DefaultAgentCardResolver,
  JsonRpcTransportFactory,
  RestTransportFactory,
} from "@a2a-js/sdk/client";

/** connect makes a client by the card of an agent, as whoever has a token does, for one of the two bindings. */
export function connect(url: string, binding: string, token = "test-token"): Promise<Client> {
  const fetchImpl = createAuthenticatingFetchWithRetry(fetch, {
    headers: async () => ({ authorization: `Bearer ${token}` }),
    shouldRetryWithHeaders: async () => undefined,
  });
  const factory = new ClientFactory({
    transports: [
      new RestTransportFactory({ fetchImpl }),
      new JsonRpcTransportFactory({ fetchImpl }),
    ],
    preferredTransports: [binding],
    cardResolver: new DefaultAgentCardResolver({ fetchImpl }),
  });
  return factory.createFromUrl(url, "/api/a2a/agent-card.json");
}

/** dataPart and textPart are what a message says. */
export function dataPart(value: unknown): Part {
  return { content: { $case: "data", value }, metadata: undefined, filename: "", mediaType: "" };
}

export function textPart(value: string): Part {
  return { content: { $case: "text", value }, metadata: undefined, filename: "", mediaType: "" };
}

/** request is a message as a client sends it, with an id of its own. */
export function request(
  parts: Part | readonly Part[],
  kind?: string,
  more: Partial<Message> = {},
): SendMessageRequest {
  const message: Message = {
    messageId: crypto.randomUUID(),
    contextId: "",
    taskId: "",
    role: Role.ROLE_USER,
    parts: [parts].flat(),
    metadata: undefined,
    extensions: [],
    referenceTaskIds: [],
    ...more,
  };
  const metadata = kind === undefined ? undefined : { kind };
  return { tenant: "", message, configuration: undefined, metadata };
}

/** at once is a request whose sender does not wait. */
export function atOnce(asked: SendMessageRequest): SendMessageRequest {
  const configuration = {
    acceptedOutputModes: [],
    taskPushNotificationConfig: undefined,
    historyLength: undefined,
    returnImmediately: true,
  };
  return { ...asked, configuration };
}

/** taskOf is what an agent has answered with, which is a task each time. */
export function taskOf(result: Message | Task): Task {
  if (!("status" in result)) throw new Error("The answer is no task");
  return result;
}

/** contentsOf are the artifacts of a task: what their parts say, by their names. */
export function contentsOf({ artifacts }: Pick<Task, "artifacts">): Record<string, unknown> {
  return Object.fromEntries(
    artifacts.map(({ name, parts }) => [name, parts.map(({ content }) => content?.value)[0]]),
  );
}

/** saidIn are the texts of the message of a status. */
export function saidIn(status: Task["status"]): string[] {
  const parts = status?.message?.parts ?? [];
  return parts.flatMap(({ content }) => (content?.$case === "text" ? [content.value] : []));
}

/** told reads a stream to its end. */
export async function told(stream: AsyncGenerator<StreamResponse>): Promise<StreamResponse[]> {
  const events: StreamResponse[] = [];
  for await (const event of stream) events.push(event);
  return events;
}
