"""`geminya-health`: asks the process of this container whether it serves; exit code 1 when not.

It runs every few seconds beside each process. So it imports next to nothing, and is no command of `geminya`.
"""

import os
import sys
import urllib.request

ASK_S = 3.0
SERVING = b"\x08\x01"
"""The health service's answer: its first field, the state, is 1."""


def main() -> int:
    """Asks the health port of the settings, or the URL in the first argument."""
    try:
        well = (
            _opens(sys.argv[1]) if len(sys.argv) > 1 else _serves(os.environ["GEMINYA_HEALTH_PORT"])
        )
    except Exception as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0 if well else 1


def _serves(port: str) -> bool:
    import grpc

    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        check = channel.unary_unary("/grpc.health.v1.Health/Check")
        return check(b"", timeout=ASK_S) == SERVING


def _opens(url: str) -> bool:
    with urllib.request.urlopen(url, timeout=ASK_S) as answer:  # noqa: S310 - the address is ours
        return answer.status == 200


if __name__ == "__main__":
    sys.exit(main())
