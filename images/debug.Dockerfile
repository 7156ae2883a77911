# A shell for a look into a running pod: `kubectl debug --custom images/debug-profile.json` gives it the pod's data volume, read-only.
# BASE is any small image with a shell, such as busybox by digest.
ARG BASE
FROM ${BASE}
USER 65532:65532
WORKDIR /data
ENTRYPOINT ["/bin/sh"]
