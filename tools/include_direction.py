#!/usr/bin/env python3
"""Holds src/ to the order of its folders: a file includes from its own folder and those below it only, and a
library with heavy headers is included by the folders that own it and no others. The order is the list in
CMakeLists.txt. Prints file:line for each breach; exits 1 when there is one."""

import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')

# Header prefix -> the folders that may include it (cmake/libraries.cmake has the libraries).
OWNERS = {
    "simdjson": {"journal", "exchange"},
    "toml++/": {"config"},
    "yaml.h": {"convert"},
    "CLI/": {"cli"},
    "curl/": {"net"},
    "boost/asio": {"net"},
    "boost/beast": {"net"},
    "openssl/ssl": {"net"},
    "sqlite3.h": {"store"},
    "re2/": {"alerts"},
    "pugixml": {"objects"},
    "archive.h": {"backup"},
    "archive_entry.h": {"backup"},
    "zstd.h": {"backup"},
    "sodium.h": {"backup"},
}


def folder_order():
    with open(os.path.join(ROOT, "CMakeLists.txt"), encoding="utf-8") as file:
        match = re.search(r"foreach\(folder ([a-z ]+)\)", file.read())
    if not match:
        sys.exit("CMakeLists.txt: expected the line 'foreach(folder base os …)' that orders the folders of src/")
    return {name: rank for rank, name in enumerate(match.group(1).split())}


def sources(top):
    for folder, _, names in os.walk(top):
        for name in sorted(names):
            if name.endswith((".hpp", ".cpp", ".h")):
                yield os.path.join(folder, name)


def breach(order, folder, header):
    """Why `folder` must not include `header`; None when it may."""
    target = header.split("/")[0] if "/" in header else folder
    if target in order and folder in order and order[target] > order[folder]:
        return f"{folder}/ lies below {target}/ and must not include it (order: CMakeLists.txt)"
    for prefix, owners in OWNERS.items():
        if header.startswith(prefix) and folder not in owners:
            return f"<{header}> belongs to {', '.join(sorted(owners))} alone (tools/include_direction.py)"
    return None


def check(path, order):
    parts = os.path.relpath(path, os.path.join(ROOT, "src")).split(os.sep)
    folder = parts[0] if len(parts) > 1 else "(program)"
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            match = INCLUDE.match(line)
            reason = match and breach(order, folder, match.group(1))
            if reason:
                yield f"{os.path.relpath(path, ROOT)}:{number}: {reason}"


def main():
    order = folder_order()
    found = []
    for folder in sorted(os.listdir(os.path.join(ROOT, "src"))):
        if os.path.isdir(os.path.join(ROOT, "src", folder)) and folder not in order:
            found.append(f"src/{folder}: not in the list of folders in CMakeLists.txt")
    for path in sources(os.path.join(ROOT, "src")):
        found.extend(check(path, order))
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
