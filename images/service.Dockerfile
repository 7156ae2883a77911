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
ENV NODE_ENV=production
USER 65532:65532
# Small semi-spaces: a service holds buffers more than objects, and those of garbage go when these fill up (docs/performance.md).
ENTRYPOINT ["/nodejs/bin/node", "--max-semi-space-size=4", "/app/main.js"]
