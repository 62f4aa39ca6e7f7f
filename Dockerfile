# The API without the embedded PostgreSQL: give it DATABASE_URL and the JWT settings (see .env.example).
FROM node:26-bookworm-slim AS build
WORKDIR /app
RUN npm install --global pnpm@12.21.0
COPY package.json pnpm-workspace.yaml pnpm-lock.yaml .npmrc .pnpmfile.mjs ./
COPY db/package.json db/
COPY server/package.json server/
COPY packages/trpc-fastify/package.json packages/trpc-fastify/
# Where packages of ours look for what they only name as peers.
RUN pnpm install --frozen-lockfile --prod --no-optional --filter @fleetflow/server... \
  --config.public-hoist-pattern=@trpc/server --config.public-hoist-pattern=fastify
COPY db db
COPY packages/trpc-fastify packages/trpc-fastify
COPY server server

FROM node:26-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000
WORKDIR /app
COPY --from=build --chown=root:root /app /app
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/health/ready').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "server/src/cli/fleetflow.ts"]
CMD ["start"]
