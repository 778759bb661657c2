#!/bin/sh
# Puts what lies in this folder where the RabbitMQ of this machine reads it, and starts it with that: as root, on the node that the
# folder is for. Again after a certificate was renewed: then it is read anew, and nobody's connection ends.
set -eu
name=broker-1 # the node, as all others know it; gatepost central broker init fills it in
here=$(cd "$(dirname "$0")" && pwd)
tls=$here/tls
refuse() {
    echo "place.sh: $1" >&2
    exit 1
}

# --- is all of it there, and is this the machine?
[ "$(id -u)" = 0 ] || refuse "only root may place these files: sudo sh $0"
id rabbitmq >/dev/null 2>&1 || refuse "there is no RabbitMQ: apt-get install rabbitmq-server"
for file in services-ca.pem devices-ca.pem broker.pem broker.key; do
    [ -r "$tls/$file" ] || refuse "$tls/$file is not there: copy it from the authority's folder"
done
address=$(getent ahostsv4 "$name" | awk 'NR == 1 { print $1 }')
[ -n "$address" ] || refuse "nobody knows $name: put its inner address into /etc/hosts"
case $address in 127.*) refuse "$name is $address here, where no other node finds it: put its inner address into /etc/hosts" ;; esac
ip -o -4 addr show | grep -qF " $address/" || refuse "this machine has no address $address: the folder is for $name"

# --- put, where it differs
changed=
put() { # FILE TARGET OWNER MODE
    cmp -s "$1" "$2" || changed="$changed $2"
    install -D -o "${3%:*}" -g "${3#*:}" -m "$4" "$1" "$2"
}
aside=$(mktemp -d)
trap 'rm -rf "$aside"' EXIT
sed "s/^ListenStream=$name:/ListenStream=$address:/" "$here/epmd.conf" >"$aside/epmd.conf"
for file in rabbitmq.conf advanced.config enabled_plugins definitions.json rabbitmq-env.conf; do
    put "$here/$file" "/etc/rabbitmq/$file" root:rabbitmq 640
done
put "$here/limits.conf" /etc/systemd/system/rabbitmq-server.service.d/gatepost.conf root:root 644
put "$aside/epmd.conf" /etc/systemd/system/epmd.socket.d/gatepost.conf root:root 644
put "$here/erlang.cookie" /var/lib/rabbitmq/.erlang.cookie rabbitmq:rabbitmq 400
settings=$changed
cat "$tls/devices-ca.pem" "$tls/services-ca.pem" >"$aside/both-ca.pem"
install -d -o root -g rabbitmq -m 750 /etc/gatepost/broker
put "$aside/both-ca.pem" /etc/gatepost/broker/both-ca.pem root:rabbitmq 640
for file in services-ca.pem broker.pem broker.key; do
    put "$tls/$file" "/etc/gatepost/broker/$file" root:rabbitmq 640
done
for file in $changed; do echo "changed  $file"; done

# --- and start
if systemctl is-active --quiet rabbitmq-server && [ -z "$settings" ]; then
    [ -z "$changed" ] || rabbitmqctl --quiet eval 'ssl:clear_pem_cache().'
    echo "RabbitMQ runs with these files"
    exit 0
fi
systemctl daemon-reload
systemctl stop rabbitmq-server.service epmd.service epmd.socket 2>/dev/null || true
systemctl enable --quiet epmd.socket rabbitmq-server.service
systemctl start epmd.socket
# Not waited for: a node of a new cluster waits for the others itself.
systemctl start --no-block rabbitmq-server.service
echo "RabbitMQ starts as rabbit@$name; it serves when most of the nodes do: rabbitmqctl await_startup"
