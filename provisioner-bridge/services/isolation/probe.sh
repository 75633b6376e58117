# Runs in a probe: tries to connect to each of $PLACES ("host:port …"; the host "gateway" is this machine on the probe's own network).
# Prints a line for each, "open …" or "closed …", and at last "done". With $SERVE it is a neighbour that answers HTTP there instead.
if [ -n "$SERVE" ]; then
  exec httpd -f -p "$SERVE" -h /
fi
gateway=$(ip route | awk '$1 == "default" { print $3; exit }')
echo "gateway $gateway"
for place in $PLACES; do
  host=${place%:*}
  [ "$host" = gateway ] && host=$gateway
  # Only 1 means that no connection was made. A connection that nc holds on to is ended by timeout, with another code.
  timeout 6 nc -w 2 "$host" "${place##*:}" < /dev/null > /dev/null 2>&1
  if [ $? = 1 ]; then echo "closed $place"; else echo "open $place"; fi
done
echo "done"
