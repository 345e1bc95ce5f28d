// Serves a page that shows how far an operation is. The token stays here: the page gets a ticket, which
// reads this one operation and nothing else.
//
// API    the API, such as http://127.0.0.1:8787/api/v1; its ALLOWED_ORIGINS names this server
// TOKEN  a token with the scopes `read` and `write`
// PORT   8080 unless set

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";

const { API = "http://127.0.0.1:8787/api/v1", TOKEN, PORT = "8080" } = process.env;

async function post(path, body) {
  const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" };
  const response = await fetch(API + path, { method: "POST", headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

const server = createServer(async (request, response) => {
  try {
    if (request.method === "POST" && request.url === "/start") {
      const { id } = await post("/operations", {
        kind: "simulate",
        input: { duration: "3s", steps: 6 },
      });
      const { ticket } = await post(`/operations/${id}:tickets`, {});
      const events = `${API}/operations/${id}/events?ticket=${ticket}`;
      response.setHeader("content-type", "application/json").end(JSON.stringify({ events }));
    } else if (request.url === "/") {
      const page = await readFile(new URL("page.html", import.meta.url));
      response.setHeader("content-type", "text/html; charset=utf-8").end(page);
    } else response.writeHead(404).end();
  } catch (error) {
    console.error(error);
    response.writeHead(502).end();
  }
});

server.listen(Number(PORT), "127.0.0.1", () => {
  console.log(`open http://127.0.0.1:${server.address().port}/`);
});
