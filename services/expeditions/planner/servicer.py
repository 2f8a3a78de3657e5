"""geminya.expeditions.v1.PlannerService"""

import asyncio
import functools
import time
from collections.abc import Sequence

from chassis.rpc import channel
from chassis.rpc.page import BadRequest
from chassis.rpc.status import Violation
from chassis.workers import Workers
from geminya.collection.v1 import roster_pb2
from geminya.expeditions.v1 import planner_pb2 as pb
from geminya.expeditions.v1.planner_pb2_grpc import PlannerServiceServicer
from services.expeditions.atlas.memory import AtlasMemory
from services.expeditions.errors import NobodyFree, PartyNotOwned, TemplateNotFound
from services.expeditions.planner import messages, rules, worker
from services.expeditions.planner.candidates import Candidates

LONGEST_S = 2.8
"""The bot waits for three seconds."""
WARM_AFTER_S = 10.0
"""A fresh worker reads its modules for a second; until then the first plan starts it."""
HOP_S = 0.1
"""Left for the way back."""


class PlannerServicer(PlannerServiceServicer):
    """Looks ahead, in processes of its own. Nothing here changes anything."""

    def __init__(self, memory: AtlasMemory, candidates: Candidates, workers: Workers) -> None:
        self.memory = memory
        self.candidates = candidates
        self.workers = workers

    async def GetPlan(self, request: pb.GetPlanRequest, _: object) -> pb.GetPlanResponse:
        """What may be expected of a party."""
        if len(set(request.waifu_ids)) < len(request.waifu_ids):
            raise BadRequest(Violation("waifu_ids", "names somebody twice"))
        await self.memory.template(request.template_id)
        page = await self.candidates.these(request.user_id, request.waifu_ids, request.equipment_id)
        refuse_strangers(request.waifu_ids, page)
        question = self.question(request.template_id, [page], request.equipment_id)
        job = functools.partial(worker.plan, question, tuple(request.waifu_ids))
        made = await self.workers.run_within(job, left_s())
        return pb.GetPlanResponse(plan=pb.Plan.FromString(made))

    async def SuggestParty(
        self, request: pb.SuggestPartyRequest, _: object
    ) -> pb.SuggestPartyResponse:
        """The best party of those who are free."""
        await self.memory.template(request.template_id)
        pages = await self.candidates.everybody(request.user_id, request.equipment_id)
        question = self.question(request.template_id, pages, request.equipment_id)
        made = await self.workers.run_within(functools.partial(worker.suggest, question), left_s())
        if not made:
            raise NobodyFree
        return pb.SuggestPartyResponse.FromString(made)

    async def ListSuited(self, request: pb.ListSuitedRequest, _: object) -> pb.ListSuitedResponse:
        """Who is free and suits the place."""
        await self.memory.template(request.template_id)
        pages = await self.candidates.everybody(request.user_id, "")
        question = self.question(request.template_id, pages, "")
        made = await self.workers.run_within(functools.partial(worker.suited, question), left_s())
        return pb.ListSuitedResponse.FromString(made)

    async def GetLootOdds(
        self, request: pb.GetLootOddsRequest, _: object
    ) -> pb.GetLootOddsResponse:
        """What an encounter of this worth may bring."""
        return messages.odds_out(rules.loot_odds(request.difficulty))

    async def stand_by(self) -> None:
        """Starts the workers once the process has settled, and lets them go when it ends."""
        try:
            await asyncio.sleep(WARM_AFTER_S)
            self.workers.warm(worker.warm)
            await asyncio.Event().wait()
        finally:
            await self.workers.close()

    def question(
        self,
        template_id: str,
        pages: Sequence[roster_pb2.ListCandidatesResponse],
        equipment_id: str,
    ) -> worker.Question:
        """What a worker needs, all of one version of the atlas."""
        atlas = self.memory.current
        template = atlas.templates.get(template_id)
        if template is None:
            raise TemplateNotFound(template_id=template_id)
        return worker.Question(
            template=template,
            encounters=tuple(atlas.encounters.values()),
            atlas_version=atlas.version,
            pages=tuple(page.SerializeToString() for page in pages),
            equipment_id=equipment_id,
        )


def refuse_strangers(waifu_ids: Sequence[int], page: roster_pb2.ListCandidatesResponse) -> None:
    """Refuses who is not the player's; the first of the party is named."""
    owned = {one.member.waifu_id for one in page.candidates}
    for waifu_id in waifu_ids:
        if waifu_id not in owned:
            raise PartyNotOwned(waifu_id=waifu_id)


def left_s() -> float:
    """How long an answer may take: what the caller has left, and no more than is sensible."""
    ends = channel.deadline.get()
    left = LONGEST_S if ends is None else ends - time.monotonic() - HOP_S
    return max(0.0, min(LONGEST_S, left))
