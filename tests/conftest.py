"""What holds for all tests: Ctrl-C is heard by what they start, also where they were started in the background, which ignores it;
and no test fails because the computer had more to do.
"""

import signal

from hypothesis import HealthCheck, settings

signal.signal(signal.SIGINT, signal.default_int_handler)
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")
