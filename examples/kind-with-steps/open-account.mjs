import { OperationsClient } from "edge-operations/client";

// Orders an account, says yes when it is asked, or no with ANSWER=no, and shows how it went.

const {
  SERVICE = "http://localhost:8787",
  TOKEN = "secret",
  COOL_OFF = "10s",
  ANSWER = "yes",
} = process.env;
const client = new OperationsClient({ url: SERVICE, token: TOKEN });

const { id } = await client.create("onboard", { email: "ada@example.com", coolOff: COOL_OFF });
let isAnswered = false;
for await (const { status, inputRequest, result, error } of client.watch(id)) {
  console.log(`${status}: ${inputRequest?.message ?? error?.message ?? result?.id ?? ""}`);
  // It is told again when the attempt that asks has parked.
  if (inputRequest && !isAnswered) await client.input(id, { approve: ANSWER === "yes" });
  isAnswered ||= inputRequest !== undefined;
}
for (const { attempt, outcome, steps } of await client.attempts(id)) {
  console.log(`attempt ${attempt} ${outcome}: ${steps.map(({ name }) => name).join(", ")}`);
}
for await (const { text } of client.output(id)) console.log(text);
