"""Checks a summon of Geminya by its proof: python3 verify_summon.py proof.json. Needs Python 3.10 and nothing else."""

import hashlib
import hmac
import json
import sys
from itertools import count


def roll(proof):
    """The summon by the published rules: each pull, pity, the promise of ten, daphine."""
    table, pity, pulls = proof["table"], proof["pity_before"], []
    key, places = bytes.fromhex(proof["server_seed"]), count()

    def below(sides):  # HMAC-SHA256(server seed, "word:nonce:draw"); no number is favoured
        while True:
            text = f"{proof['client_seed']}:{proof['nonce']}:{next(places)}".encode()
            value = int.from_bytes(hmac.digest(key, text, hashlib.sha256)[:8], "big")
            if value < 2**64 - 2**64 % sides:
                return value % sides

    def pick(weighted):
        point = below(sum(weight for _, weight in weighted))
        for thing, weight in weighted:
            if point < weight:
                return thing
            point -= weight

    if "ticket" in table:  # so many different ones, each as likely
        rest = list(table["ticket"])
        return {"waifu_ids": [rest.pop(below(len(rest))) for _ in range(proof["count"])]}
    for _ in range(proof["count"]):
        sure = table["has_pity"] and pity >= 49
        rarity = 3 if sure else pick(table["odds"])
        if table["has_pity"]:
            pity = 0 if rarity == 3 else pity + 1
        pulls.append([pick(table["pool"][str(rarity)]), rarity, sure, False])
    if len(pulls) == 10 and all(pull[1] == 1 for pull in pulls):
        place = below(10)
        pulls[place] = [table["guarantee"][below(len(table["guarantee"]))], 2, False, True]
    daphine = 0 if table["has_pity"] else sum(below(100) == 0 for _ in pulls)
    names = ("waifu_id", "rarity", "is_pity", "is_guarantee")
    told = [dict(zip(names, pull, strict=True)) for pull in pulls]
    return {"pulls": told, "pity_after": pity, "daphine": daphine}


def main(path):
    """Exit code 0 where everything is as it was told."""
    with open(path, encoding="utf-8") as file:
        proof = json.load(file)
    if not proof["server_seed"]:
        sys.exit("SECRET: this seed is in use. End it with /summon seed, then get the proof again.")
    if hashlib.sha256(bytes.fromhex(proof["server_seed"])).hexdigest() != proof["seed_hash"]:
        sys.exit("FALSE: this is not the seed whose hash was shown.")
    if roll(proof) != proof["told"]:
        sys.exit("FALSE: these dice give something else than what was told.")
    sys.stdout.write("TRUE: the seed is the one that was promised, and it gives this summon.\n")


main(sys.argv[1])
