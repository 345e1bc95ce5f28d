import { openApi } from "./src/dialects/native/openapi/outline-text.ts";
import { excerpt } from "./src/dialects/native/openapi/excerpt/excerpt.ts";
import { gzipSync } from "node:zlib";
const gz = (s:any)=>gzipSync(typeof s==="string"?s:JSON.stringify(s),{level:9}).length;
const d = JSON.parse(openApi);
console.log(gz(excerpt(d)));
const drop = (ids:string[]) => { const c = JSON.parse(openApi); for (const p of Object.values<any>(c.paths)) for (const [k,m] of Object.entries<any>(p)) if (ids.includes(m.operationId)) m.tags=["x"]; return excerpt(c); };
console.log(Object.values<any>(d.paths).flatMap((p:any)=>Object.values<any>(p).filter((m:any)=>m.tags[0]==="Operations").map((m:any)=>m.operationId)).join());
console.log("-batch", gz(drop(["batchGetOperations","batchCreateOperations"])), "-ticket", gz(drop(["createTicket"])), "both", gz(drop(["batchGetOperations","batchCreateOperations","createTicket"])), "more", gz(drop(["batchGetOperations","batchCreateOperations","createTicket","getInput","answerInput"])));
