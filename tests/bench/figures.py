"""
The figures of a run: rows of the table as they are measured, and the goals that they are held against.
"""

HEADINGS = (("case", 30), ("conn", 5), ("req/s", 9), ("p50 ms", 8), ("p99 ms", 8), ("CPU µs", 8), ("RSS MB", 7),
            ("errors", 7), ("beside", 9), ("ratio", 6))


class Figures:
    def __init__(self, machine):
        self.machine = machine
        self.rows = []
        self.goals = []
        self._heading_printed = False

    def row(self, case, connections, load, *, program=None, beside=None):
        """One measured load: a wrk.Load, the program's cost of it, and the rate of what it is compared with."""
        row = {"case": case, "connections": connections, "rate": load.rate, "p50_ms": load.p50_ms, "p99_ms": load.p99_ms,
               "errors": load.errors, "beside": beside, "ratio": load.rate / beside if beside else None}
        if program:
            row.update(cpu_us=load.cpu_seconds * 1e6 / max(1, load.requests), rss_mb=program.rss_bytes() / 1e6)
        self.rows.append(row)
        self._print(row)
        return row

    def goal(self, what, figure, reached, wanted):
        """A promise of the project: what it is, the figure as text, whether it holds, what was wanted."""
        self.goals.append({"what": what, "figure": figure, "reached": bool(reached), "wanted": wanted})
        print(f"   {'pass' if reached else 'FALL SHORT'}: {what}: {figure} (wanted {wanted})", flush=True)

    def note(self, text):
        print(f"   {text}", flush=True)

    def print_goals(self):
        short = [goal for goal in self.goals if not goal["reached"]]
        print(f"\n{'goal':<62}{'figure':>16}{'wanted':>16}")
        for goal in self.goals:
            print(f"{goal['what']:<62}{goal['figure']:>16}{goal['wanted']:>16}  {'pass' if goal['reached'] else 'FALLS SHORT'}")
        print(f"\n{len(self.goals) - len(short)} of {len(self.goals)} goals reached")

    def as_dict(self):
        return {"machine": self.machine, "rows": self.rows, "goals": self.goals}

    def _print(self, row):
        if not self._heading_printed:
            print("".join(f"{name:<{width}}" if name == "case" else f"{name:>{width}}" for name, width in HEADINGS))
            self._heading_printed = True
        cells = [row["connections"], _number(row["rate"]), _number(row["p50_ms"], 2), _number(row["p99_ms"], 2),
                 _number(row.get("cpu_us"), 1), _number(row.get("rss_mb"), 1), row["errors"], _number(row["beside"]),
                 _number(row["ratio"], 2)]
        widths = [width for _, width in HEADINGS[1:]]
        print(f"{row['case']:<{HEADINGS[0][1]}}" + "".join(f"{cell!s:>{width}}" for cell, width in zip(cells, widths)), flush=True)


def _number(value, decimals=0):
    return "" if value is None else f"{value:.{decimals}f}"
