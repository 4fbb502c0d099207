"""What the scripts in bench/ print: Markdown tables, and for the summary of docs/benchmarks.md lines that begin with @."""


def quantile(values, part):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def milliseconds(ns):
    return f"{ns / 1e6:.0f} ms" if ns >= 10e6 else f"{ns / 1e6:.2f} ms"


def summary(what, ours, peer="", ratio="", bound=""):
    """One line of the summary; tools/dev/bench.sh adds the command."""
    print(f"@ {what} | {ours} | {peer} | {ratio} | {bound} |")


def table(head, rows):
    """A Markdown table; the first column to the left, the others to the right."""
    print("| " + " | ".join(head) + " |\n|---|" + "--:|" * (len(head) - 1))
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")
