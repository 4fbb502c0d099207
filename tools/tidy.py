#!/usr/bin/env python3
"""clang-tidy over every source of BUILD/compile_commands.json, both cores, and quick the second time: a file
that passed is remembered under BUILD/tidy by the hash of what clang-tidy saw (the source, the project's headers
it includes, its command line, .clang-tidy)."""

import concurrent.futures
import functools
import hashlib
import json
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
INCLUDE = re.compile(rb'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', re.MULTILINE)
TIDY = "clang-tidy-19"


@functools.lru_cache(maxsize=None)
def read(path):
    with open(path, "rb") as file:
        return file.read()


def project_files(path, seen):
    """`path` and every project header reached from it, as the compiler would look them up."""
    seen.add(path)
    for name in INCLUDE.findall(read(path)):
        for folder in (os.path.dirname(path), os.path.join(ROOT, "src"), ROOT):
            header = os.path.normpath(os.path.join(folder, name.decode()))
            if os.path.isfile(header) and header not in seen:
                project_files(header, seen)
    return seen


def key_of(entry, version):
    digest = hashlib.sha256()
    digest.update(version + read(os.path.join(ROOT, ".clang-tidy")) + entry["command"].encode())
    for path in sorted(project_files(entry["file"], set())):
        digest.update(path.encode() + b"\0" + read(path))
    return digest.hexdigest()


def tidy(build, entry):
    run = subprocess.run([TIDY, "-p", build, "--quiet", entry["file"]], capture_output=True, text=True, check=False)
    return run.returncode, run.stdout or run.stderr


def main():
    build = os.path.abspath(sys.argv[1])
    cache = os.path.join(build, "tidy")
    os.makedirs(cache, exist_ok=True)
    version = subprocess.run([TIDY, "--version"], capture_output=True, check=True).stdout
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
        entries = {e["file"]: e for e in json.load(file)
                   if e["file"].startswith(ROOT + os.sep) and e["file"].endswith(".cpp")}
    keys = {path: key_of(entry, version) for path, entry in entries.items()}
    due = [path for path in sorted(entries) if not os.path.exists(os.path.join(cache, keys[path]))]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, (status, text) in zip(due, pool.map(lambda p: tidy(build, entries[p]), due)):
            if status:
                failed += 1
                print(text, flush=True)
            else:
                open(os.path.join(cache, keys[path]), "w", encoding="utf-8").close()
    print(f"clang-tidy: {len(due)} of {len(entries)} files looked at anew, {failed} with faults")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
