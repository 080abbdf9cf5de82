#!/bin/sh
# hostbeat-agent: reports to hostbeat that this host is alive. Needs a POSIX shell and curl, nothing else.
#
#   HOSTBEAT_URL         https://hostbeat.example:8774              (required; several nodes with commas between them: a report
#                        that is not answered in time goes to the next one)
#   HOSTBEAT_TOKEN_FILE  a file that holds the agent's token         (default /etc/hostbeat/agent-token)
#   HOSTBEAT_HOST        the host's name as Nova knows it            (default: uname -n)
#   HOSTBEAT_BINARY      the service that is reported                (default nova-compute)
#   HOSTBEAT_INTERVAL    seconds between two reports                 (default: what the server asks for)
#   HOSTBEAT_CHECK       a shell command: report only while it exits 0
#   HOSTBEAT_ON_FENCED   a shell command to run when an operator forces this host down
#   HOSTBEAT_RESTART_TTL seconds the server waits for the next agent after SIGTERM (default 30; 0: this is a shutdown)
#   HOSTBEAT_CA_FILE     an authority to trust for the server's certificate
#
# SIGTERM and SIGINT say goodbye and end with 0; SIGHUP announces a restart and ends with 0. 2: a setting is missing or wrong. With --once also 69: the server cannot
# be reached, 75: the check fails, 77: the server refuses the token or the host. Without --once the agent says so and
# tries again, because tokens are renewed.
set -u

say() { printf 'hostbeat-agent: %s\n' "$*" >&2; }
refuse() { say "$*"; exit 2; }

once=no
case "${1:-}" in
  '') ;;
  --once) once=yes ;;
  -h | --help) sed -n '2,/^set -u/{/^set -u/d;s/^# \{0,1\}//;p;}' "$0"; exit 0 ;;
  *) refuse "unknown argument \"$1\"; --once and --help are known" ;;
esac

urls=$(printf %s "${HOSTBEAT_URL:-}" | tr ',' ' ')
token_file=${HOSTBEAT_TOKEN_FILE:-/etc/hostbeat/agent-token}
host=${HOSTBEAT_HOST:-$(uname -n)}
binary=${HOSTBEAT_BINARY:-nova-compute}
interval=${HOSTBEAT_INTERVAL:-}
restart_ttl=${HOSTBEAT_RESTART_TTL:-30}

count=0
for url in $urls; do
  case $url in http://* | https://*) count=$((count + 1)) ;; *) refuse "HOSTBEAT_URL: \"$url\" is not an address; write it as https://hostbeat.example:8774" ;; esac
done
[ "$count" -gt 0 ] || refuse 'HOSTBEAT_URL is missing; set it to the address of the server, such as https://hostbeat.example:8774'
case $host in '' | *[!A-Za-z0-9._-]*) refuse "HOSTBEAT_HOST \"$host\" may hold letters, digits, \"-\", \".\" and \"_\" only" ;; esac
case $binary in '' | *[!A-Za-z0-9._-]*) refuse "HOSTBEAT_BINARY \"$binary\" may hold letters, digits, \"-\", \".\" and \"_\" only" ;; esac
case $interval in *[!0-9.]* | *.*.* | .) refuse "HOSTBEAT_INTERVAL \"$interval\" must be a number of seconds" ;; esac
case $restart_ttl in '' | *[!0-9]*) refuse "HOSTBEAT_RESTART_TTL \"$restart_ttl\" must be a whole number of seconds" ;; esac
[ -r "$token_file" ] || refuse "the token file $token_file cannot be read; make one with \"hostbeat token issue --host $host\""
command -v curl >/dev/null 2>&1 || refuse 'curl is not installed'

work=$(mktemp -d) || refuse 'cannot create a temporary folder'
answer=$work/answer headers=$work/headers
trap 'rm -rf "$work"' EXIT

service="{\"host\":\"$host\",\"binary\":\"$binary\"}"
state=
fenced=no
at=0
failures=0
# Servers that were tried since one said that it cannot pass reports on, and for how many reports to stay where we are.
tried=0
skip=0
next_skip=1
wait_s=${interval:-10}
stopping=

# systemd's (Type=notify, WatchdogSec), out of the environment: no command that we start speaks for us.
manager=${NOTIFY_SOCKET:-}
alive_every=0
if [ "${WATCHDOG_USEC:-0}" -gt 0 ] && [ "${WATCHDOG_PID:-$$}" = $$ ]; then
  alive_every=$((WATCHDOG_USEC / 4000000))
  [ "$alive_every" -gt 0 ] || alive_every=1
fi
unset NOTIFY_SOCKET WATCHDOG_USEC WATCHDOG_PID

# notify ASSIGNMENT...
notify() { [ -z "$manager" ] || NOTIFY_SOCKET=$manager systemd-notify "$@" 2>/dev/null || :; }
[ -z "$manager" ] || command -v systemd-notify >/dev/null 2>&1 ||
  say 'systemd cannot be notified: install systemd-notify, or give the unit Type=exec and no WatchdogSec'
alive() { [ "$alive_every" -eq 0 ] || notify WATCHDOG=1; }

# said STATE SENTENCE: one line when the state changes, none while it lasts.
said() {
  [ "$state" = "$1" ] || { say "$2"; notify "STATUS=$2"; }
  state=$1
}

# seconds MILLISECONDS
seconds() { printf '%s.%03d' "$(($1 / 1000))" "$(($1 % 1000))"; }

# number NAME: the first value of a number in the answer
number() { sed -n "s/.*\"$1\":\([0-9][0-9]*\).*/\1/p" "$answer" | head -n 1; }

# choose: sets $url to the server that is in use
choose() {
  at=$((at % count))
  n=0
  for url in $urls; do
    [ "$n" -lt "$at" ] || break
    n=$((n + 1))
  done
  url=${url%/}
}

# worth_leaving: another server is tried once; while all are like that we stay for one report, then for two, and so on.
worth_leaving() {
  if [ "$skip" -gt 0 ]; then skip=$((skip - 1)); return 1; fi
  tried=$((tried + 1))
  [ "$tried" -ge "$count" ] || return 0
  tried=0
  skip=$next_skip
  next_skip=$((next_skip * 2))
  [ "$next_skip" -le 8 ] || next_skip=8
  return 1
}

# post BODY: sends one request; sets $code (000: no answer). The token travels in a file of curl's, never on a command line.
post() {
  : >"$answer" && : >"$headers"
  token=$(tr -d '\r\n' <"$token_file" 2>/dev/null) || token=
  limit=${wait_s%%.*}
  least=2 most=10
  # With another server to go to, an interval at most, or two seconds of a longer one.
  [ "$count" -eq 1 ] || least=1 most=2
  [ "${limit:-0}" -ge "$least" ] || limit=$least
  [ "$limit" -le "$most" ] || limit=$most
  code=$(
    printf 'header = "X-Auth-Token: %s"\n' "$(printf %s "$token" | tr -cd 'A-Za-z0-9._~+/=-')" |
      curl --silent --config - --max-time "$limit" --max-filesize 1048576 --header 'Content-Type: application/json' \
        ${HOSTBEAT_CA_FILE:+--cacert "$HOSTBEAT_CA_FILE"} --data-binary "$1" --output "$answer" \
        --dump-header "$headers" --write-out '%{http_code}' "$url/v1/reports" 2>/dev/null
  )
  code=${code:-000}
}

# pause SECONDS: ends early on a signal
pause() {
  left=${1%%.*}
  while [ "$alive_every" -gt 0 ] && [ "${left:-0}" -gt "$alive_every" ] && [ -z "$stopping" ]; do
    sleep "$alive_every" &
    wait $! 2>/dev/null
    left=$((left - alive_every))
    alive
  done
  case $1 in *.*) left=${left:-0}.${1#*.} ;; esac
  [ -n "$stopping" ] || sleep "$left" &
  wait $! 2>/dev/null
}

# Of whatever answers, a proxy's maintenance page too, Retry-After counts up to the interval: an agent that stays away
# longer than its host may be silent would itself be the outage.
retry_after() {
  asked=$(sed -n 's/^[Rr]etry-[Aa]fter: *\([0-9][0-9]*\).*/\1/p' "$headers" | head -n 1)
  longest=${wait_s%%.*}
  [ "${longest:-0}" -ge 1 ] || longest=1
  retry=${asked:-1}
  [ "$retry" -le "$longest" ] || retry=$longest
  [ "$retry" -ge 1 ] || retry=1
}

report() {
  post "{\"reports\":[$service]}"
  # A page of something in between says nothing, whatever its status is.
  [ "$code" != 200 ] || grep -q '"accepted":' "$answer" || code='200, not in the words of hostbeat'
  case $code in
    200)
      if ! grep -q '"accepted":1' "$answer"; then
        said refused "the server takes no report for $host: $(sed -n 's/.*"error":"\([^"]*\)".*/\1/p' "$answer" | head -n 1)"
        return 77
      fi
      if ! grep -q '"degraded":true' "$answer"; then
        tried=0 skip=0 next_skip=1
      elif [ "$count" -gt 1 ] && worth_leaving; then
        said "degraded $at" "$url takes reports and cannot pass them on to the other nodes; trying the next one"
        return 69
      fi
      failures=0
      said "reporting $at" "reporting $host $binary to $url"
      if grep -q '"forced_down":true' "$answer"; then
        if [ "$fenced" = no ]; then
          fenced=yes
          say "$host is fenced: an operator forced it down; still reporting"
          [ -z "${HOSTBEAT_ON_FENCED:-}" ] || HOSTBEAT_HOST=$host HOSTBEAT_BINARY=$binary sh -c "$HOSTBEAT_ON_FENCED" &
        fi
      elif [ "$fenced" = yes ]; then
        fenced=no
        say "$host is no longer fenced"
      fi
      hint=$(number interval_hint_ms)
      [ -n "$interval" ] || [ -z "$hint" ] || wait_s=$(seconds "$hint")
      return 0
      ;;
    401 | 403)
      # Only hostbeat's own answer says something about the token.
      if grep -q '"error":{"code"' "$answer"; then
        said refused "the server refuses the token in $token_file ($code): issue a new one with \"hostbeat token issue --host $host\""
        return 77
      fi
      ;;
  esac
  why="cannot reach $url"
  [ "$code" = 000 ] || why="$url answers $code"
  if [ "$count" -eq 1 ]; then
    said "answer $code" "$why; trying again"
  elif [ "$((failures + 1))" -lt "$count" ]; then
    said "away $at" "$why; trying the next one"
  else
    said none "$why; none of the $count servers answers; trying again"
  fi
  return 69
}

goodbye() {
  if [ "$restart_ttl" -eq 0 ]; then farewell='{"reason":"shutdown"}'; else farewell="{\"reason\":\"restart\",\"ttl_ms\":${restart_ttl}000}"; fi
  wait_s=2
  notify STOPPING=1
  choose
  case $state in reporting*) post "{\"reports\":[$service],\"goodbye\":$farewell}" ;; esac
  exit 0
}

trap 'stopping=yes' TERM INT
trap 'stopping=yes; [ "$restart_ttl" -ne 0 ] || restart_ttl=30' HUP
# Ready although the server may be away: to start the agent again and again would not help.
[ "$once" = yes ] || notify READY=1 STATUS=starting
while :; do
  [ -z "$stopping" ] || goodbye
  alive
  if [ -z "${HOSTBEAT_CHECK:-}" ] || sh -c "$HOSTBEAT_CHECK" >/dev/null 2>&1; then
    [ "$state" != unchecked ] || say 'the check passes again'
    choose
    report
    result=$?
  else
    said unchecked "not reporting: the check fails (HOSTBEAT_CHECK)"
    result=75
  fi
  if [ "$result" -eq 69 ]; then
    failures=$((failures + 1))
    at=$((at + 1))
    # Of several servers the next one is tried at once; --once ends when all were.
    if [ "$((failures % count))" -ne 0 ]; then
      [ -n "$stopping" ] || [ "$once" = yes ] || pause "$(seconds "$(od -An -N1 -tu1 /dev/urandom)")"
      continue
    fi
  fi
  [ "$once" = no ] || exit "$result"
  [ -z "$stopping" ] || goodbye
  if [ "$result" -eq 0 ] || [ "$result" -eq 75 ]; then
    pause "$wait_s"
  else
    retry_after
    pause "$retry"
  fi
done
