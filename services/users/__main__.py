"""`python -m services.users`"""

from chassis.process import run
from services.users.service import SERVICE

if __name__ == "__main__":
    run(SERVICE)
