import { createServer } from "node:http";

// A bank that does once what it is asked with one key. FAILS says how many accounts it fails to open first.

const { PORT = "9191", FAILS = "0" } = process.env;
const made = new Map();
let fails = Number(FAILS);

const server = createServer((request, response) => {
  const { url, headers } = request;
  const key = headers["idempotency-key"];
  request.resume();
  request.on("end", () => {
    if (url === "/accounts" && fails-- > 0) {
      console.log(`${url} fails`);
      response.writeHead(503).end();
      return;
    }
    console.log(`${url} ${made.has(key) ? "again" : "made"}`);
    if (!made.has(key)) made.set(key, { id: `${url?.slice(1)}-${made.size + 1}` });
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(made.get(key)));
  });
});
server.listen(Number(PORT), "127.0.0.1", () => {
  console.log(`bank on http://127.0.0.1:${server.address().port}`);
});
