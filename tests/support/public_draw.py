#!/usr/bin/python3
"""Draws again what is public of a draw, with nothing else (cells of a few are not public): public_draw.py < GET /v1/panels/{id}/draws/{n}"""
import hashlib
import json
import sys


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def draw(public):
    """[[id, number of its cell, result]] in the order of the draw"""
    cell_of = {one["id"]: one["cell"] for one in public["candidates"]}
    order = sorted(cell_of, key=lambda one: sha256(f"{public['seed']}:{one}"))
    cells = [{"least": 0, "most": None, "seated": 0}, *public["cells"]]
    seated, selected = [cell["seated"] for cell in cells], []
    for bound in ("least", "most"):  # first what each cell lacks of its least, then up to its most
        for one in order:
            most = cells[cell_of[one]][bound]
            if one not in selected and len(selected) < public["places"] and (most is None or seated[cell_of[one]] < most):
                selected.append(one)
                seated[cell_of[one]] += 1
    reserve = [one for one in order if one not in selected][:public["reserve_most"]]
    return [[one, cell_of[one], "selected" if one in selected else "reserve" if one in reserve else "not_selected"] for one in order]


def document(public, lots):
    """The text whose hash was published with the draw."""
    cells = [f"{cell['least']} {'-' if cell['most'] is None else cell['most']} {cell['seated']}" for cell in public["cells"]]
    return "\n".join([public["seed"], f"{public['places']} {public['reserve_most']}", *cells, *(" ".join(map(str, lot)) for lot in lots)])


if __name__ == "__main__":
    whole = json.load(sys.stdin)
    if not whole["is_shown"]:
        sys.exit("a cell has so few candidates that lots and cells are not public: ask the panel for its document, whose hash is document_hash")
    drawn = draw(whole)
    sys.exit(sha256(whole["seed"]) != whole["seed_hash"] or sha256(document(whole, drawn)) != whole["document_hash"])
