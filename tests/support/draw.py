#!/usr/bin/python3
"""Draws a selection again from its document alone: draw.py < GET /v1/panels/{id}/selections/{n}"""
import hashlib
import json
import sys


def draw(document):
    """{id of a candidate: selected, reserve or not_selected}"""
    candidates = {one["id"]: one["attributes"] for one in document["candidates"]}
    order = sorted(candidates, key=lambda one: hashlib.sha256(f"{document['seed']}:{one}".encode()).hexdigest())
    cells = [*document["quota"], {"is": {}, "least": 0, "most": None, "seated": 0}]  # the last: whoever is in no other
    told = {one["id"]: one["cell"] for one in document["candidates"]}
    cell_of = {one: next(n for n, cell in enumerate(cells) if (
        cell.get("name") == told[one] if candidates[one] is None  # forgotten with the person; which cell it was is kept
        else all(candidates[one][name] in values for name, values in cell["is"].items()))) for one in order}
    seated = [cell["seated"] for cell in cells]
    selected = []
    for bound in ("least", "most"):  # first what each cell lacks of its least, then up to its most
        for one in order:
            n, most = cell_of[one], cells[cell_of[one]][bound]
            if one not in selected and len(selected) < document["places"] and (most is None or seated[n] < most):
                selected.append(one)
                seated[n] += 1
    rest = [one for one in order if one not in selected]
    return {one: "selected" for one in selected} | {one: "reserve" if n < document["reserve_most"] else "not_selected" for n, one in enumerate(rest)}


if __name__ == "__main__":
    whole = json.load(sys.stdin)
    sys.exit(draw(whole) != {one["id"]: one["result"] for one in whole["candidates"]})
