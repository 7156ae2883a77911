# One service on the base that all of them share. The context is dist/images/<service>, as `npm run package` writes it.
# BASE has no default, so that none is taken by accident: distroless Node 24 for non-root users by digest, or images/base.Dockerfile.
ARG BASE
FROM ${BASE}
ARG SERVICE
ARG TARGETARCH
LABEL org.opencontainers.image.title="tallyship/${SERVICE}"
WORKDIR /app
COPY app/ /app/
COPY native/${TARGETARCH}/ /app/
# Small semi-spaces: a service holds buffers more than objects, and those of garbage go when these fill up (docs/performance.md). What a
# container sets takes the place of this; a flag of the entrypoint would go before it. With an arena of malloc for each of its threads a
# collector holds 10 MiB more that nothing uses.
ENV NODE_ENV=production NODE_OPTIONS=--max-semi-space-size=2 MALLOC_ARENA_MAX=2
USER 65532:65532
ENTRYPOINT ["/nodejs/bin/node", "/app/main.js"]
