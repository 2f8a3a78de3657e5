"""`python -m services.economy`"""

from chassis.process import run
from services.economy.service import SERVICE

if __name__ == "__main__":
    run(SERVICE)
