"""
Tools that others made read our contract, and clients made with them get along with the API.
"""

import json
import os
import subprocess

from support.programs import ROOT, build_directory

TESTS = ROOT / "tests"
PROGRAMS = TESTS / "node_modules" / ".bin"
SECONDS = 120


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False, **options)
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    return done.stdout


def test_types_made_from_the_contract_fit_its_clients(tmp_path):
    run(PROGRAMS / "openapi-typescript", build_directory() / "gen/openapi.json", "--output", tmp_path / "contract.d.ts",
        "--default-non-nullable=false")  # what has a default may be left out of a request
    (tmp_path / "tsconfig.json").write_text(json.dumps({
        "compilerOptions": {
            "strict": True, "noEmit": True, "checkJs": True, "allowJs": True, "types": [],
            "target": "es2022", "lib": ["es2022", "dom"], "module": "preserve",
            "paths": {"contract": [str(tmp_path / "contract.d.ts")]},
        },
        "files": [str(TESTS / "clients/handle.mjs")],
    }))
    run(PROGRAMS / "tsc", "--project", tmp_path)


def test_a_client_made_with_openapi_fetch_brings_in_finds_and_handles_a_case(world):
    others = [world.client("submit").post("/v1/feedback", {
        "unit_id": world.units["office"], "kind": kind, "text": "Kiitos.", "channel": "web", "lang": "fi"}, expect=201).json()["id"]
        for kind in ("idea", "concern", "idea", "thanks")]
    seen = json.loads(run("node", TESTS / "clients/run.mjs", env={**os.environ, "NO_PROXY": "*"}, input=json.dumps({
        "url": world.api.url, "submit": world.keys["submit"], "handler": world.keys["handler"], "unit": world.units["office"]})))
    assert seen["same_id"] == seen["id"] and seen["replayed"] == "true"
    assert world.giver(seen["receipt_code"]).get("/v1/receipt", expect=200).json()["state"] == "in_progress"
    assert seen["text"] == "Puhelimeen ei vastata ☎" and seen["severity"] == 2
    assert seen["stale"] == [412, "stale_version"] and seen["state"] == "in_progress"
    assert seen["illegal"][:2] == [409, "illegal_transition"] and "answered" in seen["illegal"][2]
    assert [len(page) for page in seen["listed"]] == [2, 2]
    assert sorted(sum(seen["listed"], [])) == sorted([*others[:3], seen["id"]])
