"""
Kills processes with -9 at random moments and starts them again at once.
"""

import random
import threading
import time


def rage(victims, *, seed, seconds, least_s=0.5, most_s=3.0):
    """
    `victims`: {name: (check, kill, start)}; between two kills pass 0.5 to 3 seconds. `check` fails when the
    victim died before it was killed. Returns the names of the killed.
    """
    chance = random.Random(f"{seed}/chaos")
    end = time.monotonic() + seconds
    never = threading.Event()
    killed = []
    while (left := end - time.monotonic()) > 0:
        never.wait(min(left, chance.uniform(least_s, most_s)))
        name = chance.choice(sorted(victims))
        check, kill, start = victims[name]
        check()
        kill()
        start()
        killed.append(name)
    return killed
