"""Who hands out access tokens, and keeps the grants behind them so that a sign-in is never lost?"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, assert_never

from hostspec.errors import ConnectionProblem
from xero_connections_plugin.oauth.flights import Flights, landed
from xero_connections_plugin.oauth.grant import AccessToken, GrantState, SignInCause
from xero_connections_plugin.oauth.grant_adoption import adopt_answer
from xero_connections_plugin.oauth.grant_ports import SealBroken
from xero_connections_plugin.oauth.grant_revocation import revoke_by_all
from xero_connections_plugin.oauth.grant_views import confirm_at
from xero_connections_plugin.oauth.held_tokens import HeldTokens, Moment
from xero_connections_plugin.oauth.refresh_run import RefreshRun
from xero_connections_plugin.oauth.renewal import RefreshPorts
from xero_connections_plugin.oauth.renewal_problems import not_saved_yet, renewed_in_vain
from xero_connections_plugin.oauth.rotation_words import Ending
from xero_connections_plugin.oauth.sign_in_causes import sign_in_needed
from xero_connections_plugin.oauth.token_sealing import open_tokens
from xero_connections_plugin.oauth.unattended import recover

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from datetime import datetime

    from hostspec.services import Clock
    from xero_connections_plugin.oauth.grant import GrantId, GrantRecord, Identity, TokenAnswer
    from xero_connections_plugin.oauth.grant_ports import GrantStore, SecretBox, StoredGrant
    from xero_connections_plugin.oauth.held_tokens import HeldToken
    from xero_connections_plugin.oauth.refresh_news import RefreshNews
    from xero_connections_plugin.oauth.token_ports import TokenEndpoint

MOST_RUNS: Final = 4


class TokenKeeper:
    """Keeps grants and hands out their access tokens. Any thread may call; processes share one refresh.

    Args:
        store: Where grants are kept.
        box: What seals them.
        endpoint: Where tokens are renewed and revoked.
        clock: Time.
        new_id: Makes ids that never repeat.
        jitter: Random numbers from 0 to 1.
        checkpoint: Called with the name of each step of a refresh, before and after it.
        heard: Told of every renewal that has ended.
    """

    def __init__(
        self,
        store: GrantStore,
        box: SecretBox,
        endpoint: TokenEndpoint,
        clock: Clock,
        *,
        new_id: Callable[[], str],
        jitter: Callable[[], float],
        checkpoint: Callable[[str], None] = lambda _: None,
        heard: Callable[[RefreshNews], None] = lambda _: None,
    ) -> None:
        self._store = store
        self._box = box
        self._clock = clock
        self._new_id = new_id
        self._ports = RefreshPorts(store, box, endpoint, clock, new_id, jitter, checkpoint, heard)
        self._held = HeldTokens(clock)
        self._flights: Flights[GrantId, AccessToken] = Flights()
        self._unsaved: dict[GrantId, RefreshRun] = {}

    def access_token(self, grant_id: GrantId, *, refused: int | None = None) -> AccessToken:
        """A bearer token to use now, renewed ahead of its expiry.

        Args:
            grant_id: The grant.
            refused: Generation of a token that the API refused; the answer is newer. What another process stored
                meanwhile counts, and only when that is not newer either the grant is refreshed.

        Raises:
            SignInNeeded: The grant works no longer, or is gone; the code is the cause.
            SecretStoreUnavailable: The key cannot be had on this machine; nothing was changed.
            ProviderUnavailable: The server cannot be reached or did not answer; nothing is lost.
            SignInRejected: The server refuses the app; the grant is kept.
            StoreUnavailable, StoredDataDamaged: The store cannot be used.
        """
        while True:
            token = self._held.at_hand(grant_id, refused) or self._obtained_by_one(grant_id, refused)
            if token is not None:
                return token

    def adopt(
        self, answer: TokenAnswer, *, client_id: str, identity: Identity, requested_scopes: Iterable[str]
    ) -> GrantRecord:
        """Keep what a sign-in gave: sealed and committed when this returns.

        The same user and app have one grant: it gets a new generation, keeps what was current as its predecessor and
        is active again. Otherwise a new grant is made that nobody refers to yet.

        Raises:
            SignInRejected: The answer holds no refresh token.
            SecretStoreUnavailable, StoreUnavailable, StoredDataDamaged: Nothing was changed.
        """
        era = self._held.era()
        asked = Moment.ago(answer.asked_at, self._store.now(), self._clock)
        record, tokens = adopt_answer(
            answer,
            client_id=client_id,
            identity=identity,
            requested_scopes=tuple(requested_scopes),
            asked_at=asked.stored,
            store=self._store,
            box=self._box,
            new_id=self._new_id,
        )
        self._ports.checkpoint("adopted")
        self._unsaved.pop(record.grant_id, None)
        self._held.keep(record, tokens.access_token, asked, None, era=era)
        return record

    def record(self, grant_id: GrantId) -> GrantRecord | None:
        """What is known about a grant; opens nothing."""
        return self.records([grant_id]).get(grant_id)

    def records(self, grant_ids: Collection[GrantId]) -> Mapping[GrantId, GrantRecord]:
        """What is known about these grants, in one query; missing ones are left out, nothing is opened."""
        return self._store.records(grant_ids)

    def revoke(self, grant_id: GrantId, *, signed_in_at: datetime | None = None) -> bool:
        """End the grant at the server (RFC 7009); see ``grant_revocation.revoke_by_all``.

        Raises:
            ConnectionProblem: It could not be done; the grant is as it was.
        """
        return revoke_by_all(self._ports, grant_id, self._unsaved, self._held.drop, signed_in_at)

    def forget(self, grant_id: GrantId) -> None:
        """Wipe a grant with everything that was sealed for it, unless an entry that stays names it by now.

        The server is not asked. No error when it is gone.
        """
        if self._store.forget_unbound([grant_id]):
            self._lose(grant_id)
        self.drop(grant_id)

    def drop(self, grant_id: GrantId) -> None:
        """Hand out nothing of a grant from memory: its next use asks the store, that of a thread under way too."""
        self._held.drop(grant_id)

    def wipe_unreferenced(
        self, referenced: Callable[[], Collection[GrantId]], older_than: timedelta = timedelta(hours=24)
    ) -> int:
        """Wipe grants that nobody bound; the server is not asked, since somebody else may use the sign-in.

        Args:
            referenced: The grants that open definitions use; asked after the old ones were listed.
            older_than: Younger sign-ins are left alone: their definition may not be saved yet.

        Returns:
            How many were wiped.
        """
        before = self._store.now() - older_than
        old = self._store.signed_in_before(before)
        in_use = frozenset(referenced())
        wipe = [grant_id for grant_id in old if grant_id not in in_use]
        return self._store.forget_unbound(wipe, before=before) if wipe else 0

    def recover(self) -> None:
        """See ``unattended.recover``; to be called at the start and from time to time."""
        recover(self._store, tuple(self._unsaved), self.access_token, self._lose)

    def close(self) -> None:
        """Forget every token in memory; what is stored stays."""
        self._held.clear()
        self._unsaved.clear()

    def _obtained_by_one(self, grant_id: GrantId, refused: int | None) -> AccessToken | None:
        """What one caller gets for all who come meanwhile; ``None`` when that does not serve this one."""
        flight, leading = self._flights.board(grant_id)
        if leading:
            return self._flights.lead(grant_id, lambda: self._obtain(grant_id, refused))
        held = self._held.find(grant_id)
        if held is not None and held.serves(refused) and held.is_valid(self._clock):
            return held.token
        token = landed(flight)
        # What is not held any more was read before the grant ended, and perhaps before this caller came.
        is_held = self._held.find(grant_id) is not None
        return token if token is not None and is_held and (refused is None or token.generation > refused) else None

    def _obtain(self, grant_id: GrantId, refused: int | None) -> AccessToken:
        while True:
            era = self._held.era()
            token = self._obtained(grant_id, refused, era)
            if not self._held.was_dropped(grant_id, since=era):
                return token

    def _obtained(self, grant_id: GrantId, refused: int | None, era: int) -> AccessToken:
        try:
            stored, read_at = self._read(grant_id)
        except ConnectionProblem:
            held = self._held.find(grant_id)
            if held is not None and held.serves(refused) and held.is_valid(self._clock):
                return held.token
            raise
        for _ in range(MOST_RUNS):
            held = self._stored_token(stored, read_at, refused, era)
            if held is not None and (held.is_fresh(self._clock) or self._held.is_patient(grant_id)):
                return held.token
            if held is not None and self._store.is_held(grant_id):
                return held.token  # valid, and somebody is renewing it already
            try:
                renewed = self._refresh(stored, read_at, era)
            except ConnectionProblem:
                if held is None:
                    raise
                self._held.be_patient(grant_id)
                return held.token
            if renewed is not None:
                return renewed
            stored, read_at = self._read(grant_id)
        raise renewed_in_vain()

    def _read(self, grant_id: GrantId) -> tuple[StoredGrant, Moment]:
        wall, monotonic = self._clock.now().timestamp(), self._clock.monotonic()
        stored = self._store.read(grant_id)
        if stored is None:
            self._lose(grant_id)
            raise sign_in_needed(SignInCause.SIGN_IN_NEEDED)
        record = stored.record
        newer = any(kept.token.generation > record.generation for kept in stored.candidates)
        if record.state is not GrantState.ACTIVE and not newer and grant_id not in self._unsaved:
            self._held.drop(grant_id)
            raise sign_in_needed(record.cause or SignInCause.SIGN_IN_NEEDED)
        return stored, Moment(stored.now, wall, monotonic)

    def _stored_token(self, stored: StoredGrant, read_at: Moment, refused: int | None, era: int) -> HeldToken | None:
        """The stored access token, when it is valid and newer than a refused one."""
        record = stored.record
        if (refused is not None and record.generation <= refused) or record.state is not GrantState.ACTIVE:
            return None
        if stored.now >= record.access_expires_at:
            return None
        held = self._held.find(record.grant_id)
        if held is not None and held.token.generation == record.generation:
            value = held.token.value
        else:
            try:
                tokens = open_tokens(self._box, stored.sealed, grant_id=record.grant_id, generation=record.generation)
            except SealBroken:
                return None
            value = tokens.access_token
        presented = stored.predecessor.since if stored.predecessor is not None else None
        held = self._held.keep(record, value, read_at, confirm_at(record, presented), era=era)
        return held if held.is_valid(self._clock) else None

    def _refresh(self, stored: StoredGrant, read_at: Moment, era: int) -> AccessToken | None:
        """A token of a newer generation than the stored one; ``None`` when somebody else made it."""
        grant_id = stored.record.grant_id
        run = self._unsaved.pop(grant_id, None)
        if run is not None:
            ending = run.resume()
        else:
            run = RefreshRun(stored, read_at, self._ports)
            ending = run.perform()
        match ending:
            case Ending.ROTATED:
                renewal = run.renewal
                self._ports.checkpoint("before hand-out")
                tokens = renewal.tokens.access_token
                held = self._held.keep(renewal.record, tokens, renewal.as_of, renewal.confirm_at, era=era)
                return held.token if renewal.asked_server or held.is_valid(self._clock) else None
            case Ending.GONE:
                # The grant was wiped while it was renewed: the answer, kept as a candidate, goes too.
                self._store.forget(grant_id)
                return None
            case Ending.MOVED | Ending.SIGN_IN_NEEDED:
                return None
            case Ending.UNSAVED:
                self._unsaved[grant_id] = run
                raise not_saved_yet(run.problem)
            case Ending.NOT_SENT | Ending.UNANSWERED | Ending.THROTTLED | Ending.APP_REFUSED | Ending.OTHERS_BUSY:
                raise run.problem
            case _:
                assert_never(ending)

    def _lose(self, grant_id: GrantId) -> None:
        """Nothing is left in memory of a grant that is gone."""
        self._unsaved.pop(grant_id, None)
        self._held.drop(grant_id)
