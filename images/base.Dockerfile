# A base made of this machine's Node, C library and certificates (images/local-base.ts), laid out as distroless Node images are:
# for machines that reach no registry, and for the tests.
FROM scratch
COPY rootfs/ /
ENV PATH=/nodejs/bin
USER 65532:65532
