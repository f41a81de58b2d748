#!/bin/sh
# Creates the Secrets that the manifests refer to, with random values. Existing
# ones stay: a new password would not match the one stored in an old volume.
# Values pass through pipes only: never printed, never an argument, never in a file.
set -eu
kubectl=${KUBECTL:-kubectl}
namespace=microdemo

random() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; } # 256 bits, safe in a URL

make_secret() { # NAME KEY
  if $kubectl -n $namespace get secret "$1" -o name >/dev/null 2>&1; then
    echo "secret/$1 exists"
    return
  fi
  $kubectl create -f - >/dev/null <<EOF
apiVersion: v1
kind: Secret
metadata:
  name: $1
  namespace: $namespace
  labels:
    app.kubernetes.io/part-of: microdemo
type: Opaque
stringData:
  $2: "$(random)"
EOF
  echo "secret/$1 created"
}

make_secret users-db password
make_secret orders-db password
make_secret inventory-db password
make_secret jwt secret-key
