"""Series and waifus as messages, for every slice that shows them."""

from geminya.collection.v1 import catalog_pb2 as pb
from services.collection.catalog.rules import Series, Stats, Waifu


def series_out(series: Series, waifu_count: int) -> pb.Series:
    """A series with how many waifus it has."""
    shown = series_brief(series, waifu_count)
    shown.synopsis = series.synopsis or ""
    return shown


def series_brief(series: Series, waifu_count: int) -> pb.Series:
    """A series without its synopsis, so that a hundred of them fit into a message."""
    return pb.Series(
        series_id=series.series_id,
        name=series.name,
        english_name=series.english_name or "",
        image_link=series.image_link or "",
        studios=series.studios or "",
        genres=series.genres,
        favorites=series.favorites or 0,
        members=series.members or 0,
        score=series.score or 0,
        media_type=series.media_type,
        waifu_count=waifu_count,
    )


def waifu_out(waifu: Waifu) -> pb.Waifu:
    """A waifu with all that the catalogue knows of her."""
    shown = waifu_brief(waifu)
    shown.about = waifu.about or ""
    shown.special_dialogue.update(waifu.special_dialogue)
    return shown


def waifu_brief(waifu: Waifu) -> pb.Waifu:
    """A waifu without the long texts, so that a hundred of them fit into a message."""
    return pb.Waifu(
        waifu_id=waifu.waifu_id,
        name=waifu.name,
        series_id=waifu.series_id,
        series=waifu.series,
        genre=waifu.genre,
        rarity=waifu.rarity,
        image_url=waifu.image_url or "",
        stats=stats_out(waifu.stats),
        elemental_type=waifu.elemental_type,
        archetype=waifu.archetype or "",
        potency=waifu.potency,
        elemental_resistances=waifu.elemental_resistances,
        birthday=waifu.birthday.isoformat() if waifu.birthday else "",
        favorite_gifts=waifu.favorite_gifts,
    )


def stats_out(stats: Stats) -> pb.Stats:
    """The eight stats."""
    return pb.Stats(
        hp=stats.hp,
        atk=stats.atk,
        mag=stats.mag,
        vit=stats.vit,
        spr=stats.spr,
        int=stats.int,
        spd=stats.spd,
        lck=stats.lck,
    )
