"""The page on which a user lets a program in, or not. It has no scripts, and needs none."""

import hashlib
from base64 import b64encode
from html import escape

from aiohttp import web

from gateway.oauth2.redirects import destination
from gateway.oauth2.refusals import NO_STORE
from gateway.problems import Problem
from schemas.scopes import SCOPES, scopes_in

HTML = "text/html"

_STYLE = """
body { font: 16px/1.5 sans-serif; max-width: 36em; margin: 2em auto; padding: 0 1em; }
strong, li, label { overflow-wrap: anywhere; }
input { display: block; width: 100%; box-sizing: border-box; font: inherit; margin: .3em 0 1em; }
button { font: inherit; padding: .3em 1.2em; }
.wrong { color: #a00; }
"""

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>{style}</style>
<h1>{title}</h1>
{content}
"""

_CONSENT = """<p><strong>{name}</strong> asks to be let in to your account. It may then</p>
<ul>
{scopes}
</ul>
<p>You are sent back to <strong>{destination}</strong>. Go on only if you came from there, and trust
it. What you allow can be revoked by whoever runs this birdlog.</p>
{wrong}<form method="post">
<p>Give your token only in your own browser, where you see the address of this page, and never in a
window of the program.</p>
<label>Your birdlog token, as you have it from the command line. The program does not get to see it.
<input type="password" name="token" autocomplete="off" spellcheck="false" required></label>
<button name="decision" value="allow">Let it in</button>
<button name="decision" value="deny" formnovalidate>Do not</button>
</form>"""

_STYLE_HASH = b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()


class ErrorPage(Problem):
    """The answer to a user who cannot be sent back to any program."""

    def __init__(self, detail: str) -> None:
        super().__init__(400, "This cannot be asked", detail)

    def response(self) -> web.Response:
        content = (
            f"<p>The program that sent you here made a mistake: {escape(self.detail)}.</p>"
            "<p>Nothing was allowed. Tell whoever wrote it.</p>"
        )
        return _page(self.status, self.title, content)


def consent_page(program: str, redirect_uri: str, scope: str, wrong: str = "") -> web.Response:
    """Asks for the user's token; once more where something was `wrong` with what was sent."""
    asked = scopes_in(scope)
    content = _CONSENT.format(
        name=escape(program),
        scopes="\n".join(
            f"<li>{escape(does)} <small>({name})</small></li>"
            for name, does in SCOPES.items()
            if name in asked
        ),
        destination=escape(destination(redirect_uri)),
        wrong=f'<p class="wrong">{escape(wrong)}</p>\n' if wrong else "",
    )
    return _page(403 if wrong else 200, f"Let {program} in?", content)


def _page(status: int, title: str, content: str) -> web.Response:
    """The policy has no `form-action`: Chrome would hold all redirects that follow against it."""
    policy = (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}';"
        " frame-ancestors 'none'; base-uri 'none'"
    )
    return web.Response(
        text=_PAGE.format(title=escape(title), style=_STYLE, content=content),
        status=status,
        content_type=HTML,
        charset="utf-8",
        headers={
            **NO_STORE,
            "Content-Security-Policy": policy,
            "X-Frame-Options": "DENY",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
        },
    )
