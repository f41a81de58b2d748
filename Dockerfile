# The images of the Go programs, one target each: users, orders, inventory, tool.
#   docker build --target users -t microdemo-kb-users .
# The build needs only a Go module proxy, which can be set with --build-arg GOPROXY.
ARG GO_IMAGE=golang:1.26
ARG BASE_IMAGE=gcr.io/distroless/static-debian12:nonroot

# Go cross-compiles, so this stage always runs on the builder's architecture.
FROM --platform=$BUILDPLATFORM ${GO_IMAGE} AS build
ARG GOPROXY
ARG GOSUMDB
ARG GOFLAGS=
ENV CGO_ENABLED=0
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod \
    go mod download
COPY . .
ARG TARGETOS
ARG TARGETARCH
ARG VERSION=unknown
# Build all four at once: they share most packages, and the targets below share this layer.
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    GOOS=$TARGETOS GOARCH=$TARGETARCH \
    go build -trimpath -buildvcs=false -ldflags "-s -w -X microdemo/kit.version=$VERSION" -o /out/ ./cmd/...

# No shell and no package manager, only certificates, time zones and an unprivileged user.
FROM ${BASE_IMAGE} AS base
USER 65532:65532

FROM base AS service
EXPOSE 8000 9000

FROM service AS users
COPY --from=build /out/users /users
ENTRYPOINT ["/users"]

FROM service AS orders
COPY --from=build /out/orders /orders
ENTRYPOINT ["/orders"]

FROM service AS inventory
COPY --from=build /out/inventory /inventory
ENTRYPOINT ["/inventory"]

FROM base AS tool
COPY --from=build /out/microdemo /microdemo
ENTRYPOINT ["/microdemo"]
