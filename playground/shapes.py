"""How guild, channel, users and the application look in Discord's JSON."""

from datetime import datetime

from playground.world import BOT, BOT_ID, CHANNEL_NAME, Guild, Json, User

ALL_PERMISSIONS = "2147483647"
FOUNDED = "2020-01-01T00:00:00.000000+00:00"
OWNER_ID = "360000000000000004"
TEXT_CHANNEL, DIRECT_CHANNEL = 0, 1


def timestamp(moment: datetime) -> str:
    """A time as Discord writes it."""
    return moment.isoformat(timespec="microseconds")


def user(who: User) -> Json:
    """A user as others see them."""
    return {
        "id": who.id,
        "username": who.name,
        "discriminator": "0000" if who.is_bot else "0",
        "global_name": None if who.is_bot else who.name,
        "avatar": None,
        "bot": who.is_bot,
        "flags": 0,
        "public_flags": 0,
        "primary_guild": None,
    }


def me() -> Json:
    """The bot as it sees itself."""
    private = {"verified": True, "mfa_enabled": True, "email": None, "locale": "en-US"}
    return user(BOT) | private


def member(who: User) -> Json:
    """A user as a member of the guild."""
    return {
        "user": user(who),
        "nick": None,
        "avatar": None,
        "banner": None,
        "roles": [],
        "joined_at": FOUNDED,
        "premium_since": None,
        "deaf": False,
        "mute": False,
        "flags": 0,
        "pending": False,
        "permissions": ALL_PERMISSIONS,
        "communication_disabled_until": None,
    }


def channel(of: Guild) -> Json:
    """The text channel of a guild."""
    return {
        "id": of.channel_id,
        "type": TEXT_CHANNEL,
        "guild_id": of.id,
        "name": CHANNEL_NAME,
        "position": 0,
        "permission_overwrites": [],
        "nsfw": False,
        "topic": None,
        "parent_id": None,
        "last_message_id": None,
        "rate_limit_per_user": 0,
        "flags": 0,
    }


def direct_channel(who: User) -> Json:
    """The private channel between the bot and a user; it has the user's own id."""
    return {
        "id": who.id,
        "type": DIRECT_CHANNEL,
        "last_message_id": None,
        "flags": 0,
        "recipients": [user(who)],
    }


def guild(shown: Guild) -> Json:
    """A guild as GUILD_CREATE brings it."""
    empty = "emojis features voice_states stickers threads presences stage_instances"
    nothing = "icon splash discovery_splash afk_channel_id application_id system_channel_id"
    nothing += " rules_channel_id vanity_url_code description banner public_updates_channel_id"
    zero = "verification_level default_message_notifications explicit_content_filter mfa_level"
    zero += " system_channel_flags premium_tier nsfw_level"
    return {
        **{name: [] for name in f"{empty} guild_scheduled_events soundboard_sounds".split()},
        **{name: None for name in nothing.split()},
        **{name: 0 for name in zero.split()},
        "id": shown.id,
        "name": shown.name,
        "owner_id": OWNER_ID,
        "afk_timeout": 300,
        "preferred_locale": "en-US",
        "premium_progress_bar_enabled": False,
        "joined_at": FOUNDED,
        "large": False,
        "unavailable": False,
        "member_count": 2,
        "roles": [_everyone(shown)],
        "members": [member(BOT)],
        "channels": [channel(shown)],
    }


def application() -> Json:
    """The bot's application."""
    return {
        "id": BOT_ID,
        "name": BOT.name,
        "icon": None,
        "description": "",
        "summary": "",
        "type": None,
        "bot": user(BOT),
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": 0,
        "flags_new": "0",
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "owner": user(User(OWNER_ID, "owner")),
        "team": None,
        "approximate_guild_count": 1,
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "eligible_oauth2_scopes": [],
    }


def _everyone(of: Guild) -> Json:
    plain = {"primary_color": 0, "secondary_color": None, "tertiary_color": None}
    return {
        "id": of.id,
        "name": "@everyone",
        "description": None,
        "color": 0,
        "colors": plain,
        "hoist": False,
        "icon": None,
        "unicode_emoji": None,
        "position": 0,
        "permissions": ALL_PERMISSIONS,
        "managed": False,
        "mentionable": False,
        "flags": 0,
    }
