#!/usr/bin/env python3
"""hostbeat-agent: reports to hostbeat that this host is alive. Needs Python 3.9 or newer, nothing else.

Settings come from the environment, each also as a flag (HOSTBEAT_TOKEN_FILE is --token-file).

SIGTERM and SIGINT say goodbye and end with 0; SIGHUP announces a restart and ends with 0. Exit codes: 2 a setting is missing or wrong; with --once also 75 the check
fails, 69 the server cannot be reached, 77 the server refuses the token or the host.
"""

import argparse
import http.client
import json
import os
import platform
import random
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from urllib.parse import urlsplit

DEFAULT_INTERVAL = 10.0
MAX_ANSWER = 1 << 20
NAME = re.compile(r"[A-Za-z0-9._-]{1,255}")


class Stop(Exception):
    """SIGTERM, SIGINT or SIGHUP arrived."""


class ServiceManager:
    """Tells systemd that this process is ready and alive (Type=notify, WatchdogSec). Without systemd it only sleeps."""

    def __init__(self, environ):
        # Out of the environment: no command that we start speaks for us.
        address, limit, pid = (environ.pop(name, "") for name in ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"))
        self._socket = None
        self._every = int(limit) / 4e6 if limit.isdigit() and pid in ("", str(os.getpid())) else None
        if address:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self._socket.setblocking(False)
            self._address = "\0" + address[1:] if address.startswith("@") else address

    def send(self, *lines):
        if self._socket is not None:
            try:
                self._socket.sendto("\n".join(lines).encode(), self._address)
            except OSError:
                pass

    def alive(self):
        if self._every:
            self.send("WATCHDOG=1")

    def sleep(self, seconds):
        end = time.monotonic() + seconds
        while True:
            self.alive()
            left = end - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(left, self._every or left))


def say(line):
    print(f"hostbeat-agent: {line}", file=sys.stderr, flush=True)


class Refused(Exception):
    """hostbeat itself refuses the token or the host."""


class Unreachable(Exception):
    """No answer, or none of hostbeat's own. `retry_after` in seconds, if the answer named one."""

    def __init__(self, message, retry_after=None):
        super().__init__(message)
        self.retry_after = retry_after


class Server:
    """The endpoint /v1/reports over one connection that is kept open. Redirects are not followed."""

    def __init__(self, url, token_file, ca_file=None):
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f'"{url}" is not an address; write it as https://hostbeat.example:8774')
        self.url = url.rstrip("/")
        self._path = parts.path.rstrip("/") + "/v1/reports"
        self._token_file = token_file
        self._address = (parts.hostname, parts.port)
        self._is_secure, self._ca_file = parts.scheme == "https", ca_file
        self._connect()

    def _connect(self):
        """Makes a connection that is not open yet. The authority is read again, since it may have been renewed."""
        if self._is_secure:
            context = ssl.create_default_context(cafile=self._ca_file)
            self._connection = http.client.HTTPSConnection(*self._address, context=context)
        else:
            self._connection = http.client.HTTPConnection(*self._address)

    def post(self, body, timeout):
        """The parsed answer. Raises Refused or Unreachable."""
        try:
            if self._connection.sock is None:
                self._connect()
            else:
                self._connection.sock.settimeout(timeout)
            self._connection.timeout = timeout
            with open(self._token_file, encoding="ascii") as file:
                headers = {"Content-Type": "application/json", "X-Auth-Token": file.read().strip()}
            self._connection.request("POST", self._path, json.dumps(body), headers)
            answer = self._connection.getresponse()
            text = answer.read(MAX_ANSWER)
        except Stop:
            # The goodbye must not wait for the answer to this request.
            self._connection.close()
            raise
        except (OSError, ValueError, http.client.HTTPException) as error:
            self._connection.close()
            raise Unreachable(f"cannot reach {self.url} ({error})") from None
        try:
            document = json.loads(text)
        except ValueError:
            document = None
        if answer.status == 200 and isinstance(document, dict) and "services" in document:
            return document
        own = document.get("error") if isinstance(document, dict) else None
        if answer.status in (401, 403) and isinstance(own, dict) and "code" in own:
            raise Refused(f"the server refuses the token in {self._token_file} ({own.get('message')})")
        retry_after = answer.getheader("Retry-After") or ""
        seconds = float(retry_after) if retry_after.isdigit() else None
        raise Unreachable(f"{self.url} answers {answer.status}", seconds)


class Agent:
    """Reports to one of several servers at a time; to the next one when it does not answer in time."""

    def __init__(self, servers, options, manager):
        self._servers = servers
        self._manager = manager
        self._at = 0
        self._tried = set()
        self._skip, self._next_skip = 0, 1
        self._options = options
        self._service = {"host": options.host, "binary": options.binary}
        self._state = None
        self._fenced = False
        self.interval = options.interval or DEFAULT_INTERVAL

    @property
    def _server(self):
        return self._servers[self._at]

    def move_on(self):
        """The next report goes to the next server."""
        self._tried.add(self._at)
        self._at = (self._at + 1) % len(self._servers)

    def report(self):
        """Sends one report and returns how many seconds to wait. Raises Refused or Unreachable."""
        several = len(self._servers) > 1
        timeout = min(2.0, max(0.5, self.interval)) if several else min(10.0, max(2.0, self.interval))
        answer = self._server.post({"reports": [self._service]}, timeout)
        for rejected in answer.get("rejected", []):
            raise Refused(f"the server takes no report for {self._options.host}: {rejected.get('error')}")
        if not answer.get("degraded"):
            self._tried, self._skip, self._next_skip = set(), 0, 1
        elif several and self._is_worth_leaving():
            raise Unreachable(f"{self._server.url} takes reports and cannot pass them on to the other nodes")
        self._say_once(f"reporting {self._at}", f"reporting {self._options.host} {self._options.binary} to {self._server.url}")
        for service in answer["services"]:
            self._note_fence(bool(service.get("forced_down")))
            if self._options.interval is None:
                self.interval = min(3600.0, max(0.1, service.get("interval_hint_ms", 10_000) / 1000))
        return self.interval

    def _is_worth_leaving(self):
        """Another server is tried once; while all are like that the agent stays for one report, then for two, and so on."""
        self._tried.add(self._at)
        if self._skip > 0:
            self._skip -= 1
            return False
        if len(self._tried) < len(self._servers):
            return True
        self._tried = set()
        self._skip, self._next_skip = self._next_skip, min(8, 2 * self._next_skip)
        return False

    def goodbye(self):
        self._manager.send("STOPPING=1")
        if self._state is None or not self._state.startswith("reporting"):
            return
        ttl = self._options.restart_ttl
        goodbye = {"reason": "restart", "ttl_ms": int(ttl * 1000)} if ttl > 0 else {"reason": "shutdown"}
        try:
            self._server.post({"reports": [self._service], "goodbye": goodbye}, 2.0)
        except (Refused, Unreachable):
            pass

    def check_passes(self):
        command = self._options.check
        if command is None:
            return True
        try:
            limit = min(30.0, max(1.0, self.interval / 2))
            done = subprocess.run(command, shell=True, timeout=limit, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
            passes = done.returncode == 0
        except subprocess.TimeoutExpired:
            passes = False
        if not passes:
            self._say_once("unchecked", "not reporting: the check fails (--check)")
        return passes

    def run(self):
        """Reports until a signal arrives. A failure is retried with full jitter, never later than the interval."""
        failures = 0
        count = len(self._servers)
        # Ready although the server may be away: to start the agent again and again would not help.
        self._manager.send("READY=1", "STATUS=starting")
        while True:
            self._manager.alive()
            if not self.check_passes():
                self._manager.sleep(self.interval)
                continue
            try:
                wait, failures = self.report(), 0
                if self._options.interval is not None:
                    wait *= 1 - 0.1 * random.random()
            except Refused as error:
                # hostbeat itself refuses: the others would refuse too.
                self._say_once(str(error), f"{error}; trying again")
                wait = self._back_off(failures // count, None)
                failures += 1
            except Unreachable as error:
                failures += 1
                self.move_on()
                if failures < count:
                    self._say_once(str(error), f"{error}; trying {self._server.url}")
                elif count > 1:
                    self._say_once("none", f"{error}; none of the {count} servers answers; trying again")
                else:
                    self._say_once(str(error), f"{error}; trying again")
                if failures % count == 0:
                    wait = self._back_off((failures - 1) // count, error.retry_after)
                else:
                    # At once, and spread: all agents of a dead server come.
                    wait = min(1.0, self.interval / 4) * random.random()
            self._manager.sleep(wait)

    def _back_off(self, attempt, retry_after):
        bound = min(10.0, max(0.5, self.interval), 0.2 * 2 ** min(attempt, 10))
        return min(max(0.5, self.interval), (retry_after or 0.0) + bound * random.random())

    def _note_fence(self, fenced):
        if fenced == self._fenced:
            return
        self._fenced = fenced
        if not fenced:
            say(f"{self._options.host} is no longer fenced")
            return
        say(f"{self._options.host} is fenced: an operator forced it down; still reporting")
        if self._options.on_fenced is not None:
            names = {"HOSTBEAT_HOST": self._options.host, "HOSTBEAT_BINARY": self._options.binary}
            subprocess.Popen(self._options.on_fenced, shell=True, env={**os.environ, **names})

    def _say_once(self, state, line):
        if self._state != state:
            say(line)
            self._manager.send(f"STATUS={line}")
        self._state = state


def name(text):
    if not NAME.fullmatch(text):
        raise argparse.ArgumentTypeError(f'"{text}" may hold letters, digits, "-", "." and "_" only')
    return text


def seconds(text):
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 3600:
        raise argparse.ArgumentTypeError(f'"{text}" must be a number of seconds from 0 to 3600')
    return value


def arguments(argv):
    parser = argparse.ArgumentParser(prog="hostbeat-agent", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)

    def setting(flag, variable, help_text, **more):
        usual = more.pop("default", None)
        default = os.environ.get(variable) or usual
        parser.add_argument(flag, default=default, help=f"{help_text} [{variable}]", **more)

    parser.add_argument("--url", action="append", help="address of the server, such as https://hostbeat.example:8774; several nodes with commas, or by repeating it [HOSTBEAT_URL]")
    setting("--token-file", "HOSTBEAT_TOKEN_FILE", "file that holds the agent's token", default="/etc/hostbeat/agent-token")
    setting("--host", "HOSTBEAT_HOST", "the host's name as Nova knows it", default=platform.node(), type=name)
    setting("--binary", "HOSTBEAT_BINARY", "the service that is reported", default="nova-compute", type=name)
    setting("--interval", "HOSTBEAT_INTERVAL", "seconds between two reports; without it the server's", type=seconds)
    setting("--check", "HOSTBEAT_CHECK", "shell command: report only while it exits 0")
    setting("--on-fenced", "HOSTBEAT_ON_FENCED", "shell command to run when an operator forces this host down")
    setting("--restart-ttl", "HOSTBEAT_RESTART_TTL", "seconds the server waits for the next agent after SIGTERM; 0: a shutdown", default="30", type=seconds)
    setting("--ca-file", "HOSTBEAT_CA_FILE", "authority to trust for the server's certificate")
    parser.add_argument("--once", action="store_true", help="report once and end; the exit code says how it went")
    options = parser.parse_args(argv)
    texts = options.url or [os.environ.get("HOSTBEAT_URL", "")]
    options.urls = list(dict.fromkeys(one.strip() for text in texts for one in text.split(",") if one.strip()))
    if not options.urls:
        parser.error("--url is missing; set it, or HOSTBEAT_URL, to the address of the server")
    if not os.access(options.token_file, os.R_OK):
        parser.error(f'the token file {options.token_file} cannot be read; make one with "hostbeat token issue --host {options.host}"')
    return options, parser


def report_once(agent, servers):
    if not agent.check_passes():
        return 75
    for _ in range(servers):
        try:
            agent.report()
            return 0
        except Refused as error:
            say(error)
            return 77
        except Unreachable as error:
            say(error)
            agent.move_on()
    return 69


def main(argv):
    options, parser = arguments(argv)
    try:
        servers = [Server(url, options.token_file, options.ca_file) for url in options.urls]
    except (ValueError, OSError) as error:
        parser.error(f"--url: {error}")
    agent = Agent(servers, options, ServiceManager(os.environ))
    if options.once:
        return report_once(agent, len(servers))

    def stop(number, _frame):
        if number == signal.SIGHUP:
            options.restart_ttl = options.restart_ttl or 30.0
        raise Stop

    signals = [signal.SIGTERM, signal.SIGINT]
    # nohup has it ignored.
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        signals.append(signal.SIGHUP)
    for number in signals:
        signal.signal(number, stop)
    try:
        agent.run()
    except Stop:
        for number in signals:
            signal.signal(number, signal.SIG_DFL)
        agent.goodbye()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
