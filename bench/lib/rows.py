"""The table of bench/journal.py and bench/recovery.py: what was measured, against what, and the bound."""


def quantile(values, part):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def milliseconds(ns):
    return f"{ns / 1e6:.0f} ms" if ns >= 10e6 else f"{ns / 1e6:.2f} ms"


def table(head, rows):
    """A Markdown table; the first column to the left, the others to the right."""
    print("| " + " | ".join(head) + " |\n|---|" + "--:|" * (len(head) - 1))
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")
