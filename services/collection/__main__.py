"""`python -m services.collection`"""

from chassis.process import run
from services.collection.service import SERVICE

if __name__ == "__main__":
    run(SERVICE)
