"""A machine that has nothing yet: a mount namespace whose root is an empty tmpfs, with the system's programs, Steward's and
what else is asked for mounted into it, read only. Network and processes are those of the real one."""

import os
import subprocess
import sys
import unittest

from steward_e2e import BIN, CLIENT, kill, tool, wait

# $1 is the new root; the rest are folders that lie in it under their own path.
SETUP = """
set -e
root=$1; shift
mount --make-rprivate /
mount -t tmpfs -o mode=755 machine "$root"
for place in "$@"; do
  mkdir -p "$root$place"
  mount --rbind "$place" "$root$place"
  case $place in /proc|/dev) ;; *) mount -o remount,bind,ro "$root$place" ;; esac
done
for link in bin sbin lib lib64; do
  [ ! -L "/$link" ] || ln -s "$(readlink "/$link")" "$root/$link"
done
mkdir -p "$root/tmp" "$root/var" "$root/run" "$root/root"
chmod 1777 "$root/tmp"
touch "$root/tmp/ready"
exec chroot "$root" sleep 3600
"""


class NewMachine:
    """Gone with close(). `root` is an empty folder of the real machine, `also` are further folders to see."""

    def __init__(self, root, also=()):
        rights = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
        for name in ("unshare", "nsenter", "chroot", "mount"):
            tool(name)
        probe = subprocess.run(["unshare", *rights, "--mount", "mount", "-t", "tmpfs", "none", root], capture_output=True,
                               text=True, check=False)
        if probe.returncode != 0:
            raise unittest.SkipTest(f"no mount namespace can be had here: {probe.stderr.strip()}")
        old = [path for path in ("/lib", "/lib64", "/bin", "/sbin") if os.path.isdir(path) and not os.path.islink(path)]
        if not sys.prefix.startswith("/usr"):
            old.append(sys.prefix)  # a Python of somebody's own
        self.holder = subprocess.Popen(["unshare", *rights, "--mount", "sh", "-c", SETUP, "setup", root, "/usr", "/etc",
                                        "/proc", "/dev", *old, os.path.abspath(BIN), os.path.abspath(CLIENT), *also],
                                       stdin=subprocess.DEVNULL)
        self.rights = ["--user", "--preserve-credentials"] if rights else []
        wait(self.is_ready, 30, "the new machine's root")

    def is_ready(self):
        if self.holder.poll() is not None:
            raise AssertionError("the new machine's root cannot be set up")
        return os.path.exists(f"/proc/{self.holder.pid}/root/tmp/ready")

    def command(self, *words):
        """What runs a command on it."""
        return ["nsenter", "-t", str(self.holder.pid), *self.rights, "--mount", "--root", "--wd=/", *words]

    def run(self, *words, expect=0):
        done = subprocess.run(self.command(*words), capture_output=True, text=True, timeout=120, check=False,
                              stdin=subprocess.DEVNULL)
        if done.returncode != expect:
            raise AssertionError(f"{' '.join(words)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def path(self, inside):
        """Where the real machine sees a path of it."""
        return f"/proc/{self.holder.pid}/root{inside}"

    def close(self):
        kill(self.holder.pid)
        self.holder.wait()
