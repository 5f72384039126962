"""
Section inputs: pages of 50 of a panel's 10,000 inputs with their fates, one request after the other; also of a state that is rare.
"""

import statistics
import time

from bench_world import tidy

from support.database import Database
from support.panels import make_panel
from support.world import World

INPUTS = 10_000
PAGE = 50
RARE = 100  # one of so many is parked
MILLISECONDS = 20
TIMES = 60

# A tenth of it brought in each of the last ten months, in an order that tells nothing; as many again in another panel.
FILL = """
INSERT INTO input (id, panel_id, speaker_role, kind, text, state, state_reason, brought_on, answered_on)
SELECT gen_random_uuid(), %s::uuid, (ARRAY['client', 'relative', 'professional'])[1 + n %% 3], 'idea', repeat('Lisää valoa käytävään. ', 10),
    CASE WHEN n %% %s = 0 THEN 'parked' ELSE (ARRAY['submitted', 'discussed', 'taken', 'not_taken'])[1 + n %% 4] END, 'Näin päätettiin.',
    app_today() - n %% 300, app_today()
FROM generate_series(1, %s) n
"""


def run(cluster, options, figures):
    with World(Database.create(cluster), options.directory) as world:
        world.api.start()
        panel, other = (make_panel(world, "online_panel", state="active") for _ in range(2))
        for one in (panel, other):
            world.database.run(FILL, one, RARE, INPUTS)
        tidy(world)
        client = world.client("coordinator", checked=False)
        first = {"panel_id": panel, "limit": PAGE}
        # Half of the way down, as whoever reads on comes there.
        deep = first
        for _ in range(INPUTS // 200 // 2):
            deep = {**first, "cursor": client.get("/v1/inputs", params={**deep, "limit": 200}, expect=200).json()["next_cursor"]}
        measure(figures, client, "/v1/inputs", first, "the first page")
        measure(figures, client, "/v1/inputs", deep, "a page in the middle")
        measure(figures, client, "/v1/inputs", {**first, "state": "parked"}, f"a state that one in {RARE} has")
        measure(figures, client, "/v1/inputs", {**first, "state": "parked,taken"}, "two states, one of them rare")
        measure(figures, client, f"/v1/panels/{panel}/report", {"limit": PAGE}, "the report's first page, with fates by role")


def measure(figures, client, path, params, what):
    seconds = []
    for _ in range(TIMES):
        began = time.perf_counter()
        reply = client.get(path, params=params, expect=200)
        seconds.append(time.perf_counter() - began)
    found = len(reply.json()["items"])
    middle, worst = statistics.median(seconds) * 1000, statistics.quantiles(seconds, n=20)[-1] * 1000
    figures.goal(f"{PAGE} of {INPUTS:,} inputs with fates: {what}", f"{middle:.1f} ms, 95 %: {worst:.1f} ms", found == PAGE and middle <= MILLISECONDS,
                 f"{MILLISECONDS} ms")
