"""What can go wrong with signing in."""

from __future__ import annotations

from typing import ClassVar

from server.problems.base import Problem


class NotAuthenticated(Problem):
    """No valid access token came with the request."""

    status, code = 401, "not_authenticated"
    headers: ClassVar[dict[str, str]] = {"WWW-Authenticate": 'Bearer realm="frontage"'}


class LoginRefused(Problem):
    """User name or password is wrong; which of them is not told."""

    status, code = 401, "login_refused"
    headers: ClassVar[dict[str, str]] = {"WWW-Authenticate": 'Bearer realm="frontage"'}


class RefreshRefused(Problem):
    """The refresh token is used up, revoked or expired."""

    status, code = 401, "refresh_refused"
    headers: ClassVar[dict[str, str]] = {"WWW-Authenticate": 'Bearer realm="frontage"'}


class TooManyLogins(Problem):
    """Too many failed logins; Retry-After says when to try again."""

    status, code = 429, "too_many_logins"


class TokenReadOnly(Problem):
    """A personal token that was made for reading cannot change anything."""

    status, code = 403, "token_read_only"


class SessionNeeded(Problem):
    """Only who signed in may do this: no personal token opens it."""

    status, code = 403, "session_needed"


class PasswordMustChange(Problem):
    """The password is right and was told by somebody else: its holder chooses another one before anything opens."""

    status, code = 409, "password_must_change"


class UsernameTaken(Problem):
    """Somebody has this user name already, here or at another body."""

    status, code = 409, "username_taken"


class AccountPlaceRefused(Problem):
    """The body is closed, not there or not the asker's, or the team is not one of that body's."""

    status, code = 422, "account_place"


class AccountOwn(Problem):
    """Nobody changes what they may do themselves, nor resets their own password; another administrator does."""

    status, code = 409, "account_own"


class LastAdministrator(Problem):
    """The district would be left without an administrator."""

    status, code = 409, "account_last_admin"


class RecordChanged(Problem):
    """Somebody changed it meanwhile: read it again, and decide again."""

    status, code = 412, "record_changed"


class ChangeStands(Problem):
    """This change cannot be taken back; `why` says whether it never can, or something changed since."""

    status, code = 409, "change_stands"


class OrganisationTaken(Problem):
    """A body with this code is there already."""

    status, code = 409, "organisation_taken"


class OrganisationCodeRefused(Problem):
    """The code is no township's of this district."""

    status, code = 422, "organisation_code"


class OrganisationInUse(Problem):
    """People, open cases, a township on the map or a routing rule in force still need this body."""

    status, code = 409, "organisation_in_use"


class TooManyTokens(Problem):
    """The account has as many personal tokens as it may; revoke one first."""

    status, code = 409, "too_many_tokens"
