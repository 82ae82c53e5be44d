# Not built where this project is tested: test/deployment.test.ts reads the command from here and runs it.
FROM node:20-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build && npm prune --omit=dev --omit=optional

FROM node:20-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /app/db/migrations ./db/migrations
COPY --from=build /app/prompts ./prompts
COPY --from=build /app/web/*.js ./web/
USER node
EXPOSE 3000
# In the form of a list: SIGTERM has to reach the process that drains, not a shell.
CMD ["node", "dist/server/commands/main.js", "start"]
