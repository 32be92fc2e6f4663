"""For clients of what is on this machine, which speaks plain HTTP.

Each client of httpx reads all certificates that the machine trusts, 30 ms of processor time, unless
it is given a context. This one trusts nobody.
"""

import ssl
from typing import Final

NO_TLS: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
