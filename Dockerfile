# Serves the Worker on workerd, with its state in the volume /state. See docs/self-hosting.md.

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
COPY toolchain ./toolchain
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY wrangler.toml tsconfig.json ./
COPY assets ./assets
COPY src ./src
RUN npm run build:worker

FROM node:24-bookworm-slim
WORKDIR /app
COPY package.json package-lock.json ./
COPY toolchain ./toolchain
# The image has a Node of its own.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund && rm -rf node_modules/node-*
COPY wrangler.toml LICENSE ./
COPY src ./src
COPY --from=build /app/dist ./dist
RUN mkdir -m 0700 /state /backups && chown node:node /state /backups
# Nothing that runs can change what it runs.
USER node
ENV NODE_ENV=production
VOLUME ["/state", "/backups"]
EXPOSE 8787
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8787/api/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "src/local/serve.ts", "--built", "--host", "0.0.0.0", "--port", "8787", "--state", "/state"]
