#!/bin/sh
# Creates the demo administrator and the demo data in the cluster and prints the
# logs. Needs only kubectl. The password is ADMIN_PASSWORD, by default the demo's;
# DEMO=1 also creates the demo shop.
set -eu
kubectl="${KUBECTL:-kubectl} -n microdemo"
here=$(dirname "$0")
password=${ADMIN_PASSWORD:-password123}

# Use the images that are deployed, with their registry and tag.
users=$($kubectl get deployment users -o 'jsonpath={.spec.template.spec.containers[0].image}')
tool=$(echo "$users" | sed 's/-users\(:[^/]*\)\{0,1\}$/-tool\1/')

clean_up() {
  $kubectl delete pod seed-admin --ignore-not-found --wait=true >/dev/null
  $kubectl delete secret seed-admin --ignore-not-found >/dev/null
}
clean_up
$kubectl delete job seed --ignore-not-found --wait=true >/dev/null
trap clean_up EXIT

# finished POD waits until it has ended and reports whether it succeeded.
finished() {
  for _ in $(seq 150); do
    case $($kubectl get "$1" -o 'jsonpath={.status.phase}') in
      Succeeded) return 0 ;;
      Failed) return 1 ;;
    esac
    sleep 1
  done
  echo "$1 has not finished after 150 s:" >&2
  $kubectl describe "$1" >&2
  return 1
}

sed "s#microdemo-kb-users:latest#$users#" "$here/seed-admin.yaml" | $kubectl create -f - >/dev/null
$kubectl wait --for=condition=Ready pod/seed-admin --timeout=120s >/dev/null || {
  $kubectl describe pod seed-admin >&2
  exit 1
}
printf '%s\n' "$password" | $kubectl attach -i -q pod/seed-admin >/dev/null 2>&1 || true # the pod's log shows why it failed
finished pod/seed-admin || { $kubectl logs pod/seed-admin >&2; exit 1; }
$kubectl logs pod/seed-admin

printf '%s' "$password" | $kubectl create secret generic seed-admin --from-file=password=/dev/stdin >/dev/null
sed "s#microdemo-kb-tool:latest#$tool#; s#args: \[seed,#&${DEMO:+ --demo,}#" "$here/seed-job.yaml" | $kubectl create -f - >/dev/null
for _ in $(seq 310); do
  state=$($kubectl get job seed -o 'jsonpath={.status.conditions[?(@.status=="True")].type}')
  case $state in
    *Complete* | *Failed*) break ;;
  esac
  sleep 1
done
$kubectl logs -l job-name=seed --tail=-1 --prefix=false || true
case $state in
  *Complete*) ;;
  *)
    $kubectl describe job seed >&2
    echo "the demo data was not created" >&2
    exit 1
    ;;
esac
