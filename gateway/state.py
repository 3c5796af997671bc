"""What the handlers work with."""

from copy import copy

from aiohttp import web

from events.deadlines import Deadlines
from events.log import Log
from events.snowflake import Snowflakes
from gateway.accounts import Accounts
from gateway.admission import Admissions
from gateway.commands import Commands
from gateway.degraded import Degraded
from gateway.keyring import Keyring
from gateway.limits import Limits
from gateway.log_ends import LogEnds
from gateway.lookups import TweetLookup
from gateway.media.desk import Desk
from gateway.names import Names
from gateway.oauth2.apps import Apps
from gateway.oauth2.grants import Grants
from gateway.oauth2.issuing import Issuing
from gateway.profiles import Profiles
from gateway.protection import Protection
from gateway.tokens import Tokens
from projections.registry import Readers


class Gateway:
    """One a process. `readers` is replaced as a whole when a view changes its generation; whoever
    looks at it twice works with what it is `now`.

    One that is `leaving` serves to the end what comes, and wants nothing more to come.
    """

    now: "Gateway"

    def __init__(
        self,
        *,
        log: Log,
        ids: Snowflakes,
        accounts: Accounts,
        profiles: Profiles,
        limits: Limits,
        keyring: Keyring,
        tokens: Tokens,
        apps: Apps,
        grants: Grants,
        issuing: Issuing,
        commands: Commands,
        readers: Readers,
        ends: LogEnds,
        reaction_ends: LogEnds,
        media: Desk,
        degraded: Degraded,
        admissions: Admissions,
    ) -> None:
        self.log = log
        self.ids = ids
        self.accounts = accounts
        self.profiles = profiles
        self.limits = limits
        self.keyring = keyring
        self.tokens = tokens
        self.apps = apps
        self.grants = grants
        self.issuing = issuing
        self.commands = commands
        self.ends = ends
        self.reaction_ends = reaction_ends
        self.media = media
        self.degraded = degraded
        self.leaving = False
        self.names = Names(accounts)
        self.admissions = admissions
        self.deadlines = Deadlines()
        self.protection = Protection(accounts)
        self.use(readers)

    def use(self, readers: Readers) -> None:
        self.readers = readers
        self.tweets = TweetLookup(readers, self.names, self.ends)
        now = copy(self)  # whose readers stay as they are
        self.now = now.now = now


GATEWAY = web.AppKey("gateway", Gateway)
BEGAN_WITH = web.RequestKey("gateway", Gateway)


def gateway_of(request: web.Request) -> Gateway:
    """As it was when the request began: none sees one generation first and then another."""
    try:
        return request[BEGAN_WITH]
    except KeyError:
        began = request[BEGAN_WITH] = request.app[GATEWAY].now
        return began


def present_gateway_of(request: web.Request) -> Gateway:
    """As it is now, for requests that outlive generations."""
    return request.app[GATEWAY].now
