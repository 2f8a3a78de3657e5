"""`python -m services.expeditions`"""

from chassis.process import run
from services.expeditions.service import SERVICE

if __name__ == "__main__":
    run(SERVICE)
